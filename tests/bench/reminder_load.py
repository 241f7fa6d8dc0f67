"""Ten thousand people are reminded within one minute: how late the mail server has said yes."""

import time

from tests.bench.catalogue import CannotMeasure
from tests.browser.live_site import LiveSite, wait_for
from tests.fakes.mail_server import MailServer

PEOPLE = 10_000
#: All of them at one moment is the worst minute that there is: a room that they all wait for.
MOMENT_S = 5.0
PATIENCE_S = 150.0


def reminder_late() -> dict[str, float]:
    """Seconds from the moment at which a reminder was due to its mail, over all of them."""
    with MailServer() as server:
        site = LiveSite(EMAIL_URL=server.url)
        try:
            site.start()
            site.person("ana")
            due = site.call("awaiting", host="ana", count=PEOPLE, seconds=MOMENT_S)
            wait_for(lambda: time.time() > due, "the moment", 60)
            wait_for(lambda: len(server.taken) >= PEOPLE, "all mails", PATIENCE_S)
        except AssertionError as late:
            raise CannotMeasure(str(late)) from late
        finally:
            site.stop()
        mails = [taken for taken in server.taken if taken.to.startswith("waits_")]
    if len(mails) != len({taken.to for taken in mails}):
        raise CannotMeasure("somebody got two mails")
    found = sorted(taken.at - due for taken in mails)
    return {"p50": found[len(found) // 2], "p99": found[int(len(found) * 0.99)]}
