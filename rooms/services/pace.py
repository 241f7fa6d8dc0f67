"""How often people may do things in and about rooms; `spaces_site.boundary.pace` counts."""

from limits import RateLimitItemPerMinute, RateLimitItemPerSecond

from spaces_site.boundary.origin import NOWHERE
from spaces_site.boundary.pace import Pace, SlowDown, check

__all__ = [
    "ALL_CARDS",
    "CARDS",
    "HANDS",
    "INVITATIONS",
    "JOINING",
    "KNOCKS",
    "LINKS",
    "NOWHERE",
    "OFFERS",
    "PINS",
    "REACTIONS",
    "REPORTS",
    "ROOMS",
    "SEARCHES",
    "SHARING",
    "SOCKETS",
    "Pace",
    "SlowDown",
    "check",
]

JOINING = Pace("join", (RateLimitItemPerMinute(20), RateLimitItemPerMinute(120, 60)))
HANDS = Pace("hand", (RateLimitItemPerSecond(2, 5), RateLimitItemPerMinute(10, 2)))
#: Microphones that a host offers to who did not ask.
OFFERS = Pace("offer", (RateLimitItemPerMinute(60),))
REACTIONS = Pace("reaction", (RateLimitItemPerSecond(2, 5), RateLimitItemPerMinute(10, 2)))
INVITATIONS = Pace("invite", (RateLimitItemPerMinute(60), RateLimitItemPerMinute(300, 60)))
LINKS = Pace("link", INVITATIONS.windows)
PINS = Pace("pin", (RateLimitItemPerMinute(60),))
REPORTS = Pace("report", (RateLimitItemPerMinute(5), RateLimitItemPerMinute(30, 60)), people=4)
KNOCKS = Pace("knock", (RateLimitItemPerMinute(20, 10),))
SHARING = Pace("share", (RateLimitItemPerMinute(30),))
ROOMS = Pace("room", (RateLimitItemPerMinute(60, 10),))
#: Searches for rooms and people, without an account too; the page asks once for each press, not while one types.
SEARCHES = Pace("search", (RateLimitItemPerMinute(120),), people=4)
#: Pictures for link previews that have to be drawn: for one address, and for all of them.
CARDS = Pace("card", (RateLimitItemPerMinute(30),), people=1)
ALL_CARDS = Pace("cards", (RateLimitItemPerMinute(240),))
#: Handshakes, of those as well who are refused then: each one holds the room for a moment.
SOCKETS = Pace("socket", (RateLimitItemPerMinute(240),))
