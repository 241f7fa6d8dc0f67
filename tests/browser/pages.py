"""Every page that people see: what it is called in pictures, where it is, who looks at it, and in what state."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

from django.utils import timezone

from accounts.models import Post, User
from accounts.services import less, notifications
from rooms.models import Room, ShareLink
from rooms.queries.filters import Filters
from rooms.queries.home import upcoming
from rooms.services import lifecycle, pins, reminders, schedule, share_links
from tests.browser import moderated_town, talking_town, ticket_town
from tests.browser.town import Town, plan

Place = str | Callable[[Town], str]


@dataclass(frozen=True, slots=True)
class Shown:
    """One page in one state. `route` is the name in the URLconf that it is a picture of."""

    route: str
    path: Place
    who: str | None = None
    #: Console messages that belong to the state, such as the status of an error page.
    allow: tuple[str, ...] = field(default=())

    def address(self, town: Town) -> str:
        """Where it is in this town."""
        return self.path if isinstance(self.path, str) else self.path(town)


def _in_room(index: int) -> Callable[[Town], str]:
    return lambda town: f"/rooms/{town.rooms[index].pk}/"


def _planned(town: Town) -> str:
    return f"/rooms/{Room.objects.scheduled().filter(creator=town.people['omar']).get().pk}/"


def _own_plan(town: Town) -> str:
    return f"/rooms/{Room.objects.scheduled().filter(creator=town.people['bo']).get().pk}/"


def _own_change(town: Town) -> str:
    return f"{_own_plan(town)}schedule/"


def _waiting(town: Town) -> str:
    """Maya waits for every room to come."""
    for room in Room.objects.scheduled():
        reminders.remind(actor=town.people["maya"], room_id=room.pk, now=timezone.now())
    return "/reminders/"


def _told(town: Town) -> str:
    """Maya was told of each of them twice, has read what she was told of the first, and people write and reply."""
    _waiting(town)
    for room in Room.objects.scheduled().order_by("scheduled_start"):
        assert room.scheduled_start is not None
        for before in (timedelta(hours=24), timedelta(minutes=10)):
            while reminders.send_due(now=room.scheduled_start - before):
                pass
        if room.creator == town.people["omar"]:
            notifications.mark_all_read(actor=town.people["maya"], now=timezone.now())
    talking_town.talk(town)
    return "/notifications/"


def _told_less(town: Town) -> str:
    """Maya has just said that she wants less of the reminders that she was told."""
    path = _told(town)
    was = less.less(actor=town.people["maya"], kind="REMINDER")
    return f"{path}?{urlencode({'less': 'REMINDER', 'was': was}, doseq=True)}"


def _second_page(town: Town) -> str:
    """More plans than fit on one page; the page after the first."""
    start = timezone.now() + timedelta(days=2)
    # By turns: nobody may announce so many at a time.
    hosts = [town.people[handle] for handle in ("ana", "lea", "karim")]
    for number in range(20):
        plan(hosts[number % 3], f"Evening number {number + 1}", start + timedelta(hours=number))
    listed = upcoming(viewer=town.people["maya"], filters=Filters(), now=timezone.now())
    return f"/upcoming/?after={listed.next_token}"


def _topic(town: Town) -> str:
    """A topic that is talked about now and later."""
    Room.objects.filter(creator=town.people["omar"]).update(topics=["stories"])
    return "/topics/stories/"


def _unsubscribe(town: Town) -> str:
    token = notifications.unsubscribe_token(person_id=town.people["maya"].pk, kind="REMINDER")
    return f"/notifications/stop/{token}/"


def _unsubscribed(town: Town) -> str:
    """The same link, once it has done what it is for."""
    address = _unsubscribe(town)
    notifications.unsubscribe(token=address.split("/")[-2])
    return address


def _not_started(town: Town) -> str:
    """A room whose host did not come within half an hour."""
    start = timezone.now() + timedelta(hours=1)
    room = plan(town.people["lea"], "Whoever comes, comes", start)
    assert schedule.cancel_overdue(now=start + timedelta(minutes=31)) == 1
    return f"/rooms/{room.pk}/"


def _official(town: Town) -> str:
    room = Room.objects.scheduled().filter(creator=town.people["omar"]).get()
    Room.objects.filter(pk=room.pk).update(is_official=True)
    return f"/rooms/{room.pk}/"


def _shared(town: Town) -> str:
    """Maya has an address of her own, by which three people came; so has Ana."""
    room, maya = town.rooms[0], town.people["maya"]
    for sharer in (maya, town.people["ana"]):
        share_links.make(actor=sharer, room_id=room.pk)
    ShareLink.objects.filter(sharer=maya).update(came=3)
    return f"/rooms/{room.pk}/share/"


def _ended(town: Town) -> str:
    room = lifecycle.open_room(creator=town.people["karim"], title="What the archive kept", now=timezone.now())
    lifecycle.end_room(actor=town.people["karim"], room_id=room.pk, now=timezone.now() + timedelta(minutes=48))
    return f"/rooms/{room.pk}/"


def _left_behind(town: Town) -> str:
    """Ana's room is over: four were on stage, two posts were pinned, and she comes again."""
    ana, room, now = town.people["ana"], town.rooms[0], timezone.now()
    for one in Post.objects.filter(pk__in=talking_town.shared_posts(town)):
        pins.pin(actor=ana, room_id=room.pk, post_id=one.pk, now=now)
    plan(ana, "Building with Django: the rest of the questions", now + timedelta(days=7))
    lifecycle.end_room(actor=ana, room_id=room.pk, now=now)
    return f"/rooms/{room.pk}/"


def _members_only(town: Town) -> str:
    room = lifecycle.open_room(
        creator=town.people["karim"], title="Only among ourselves", guests_allowed=False, now=timezone.now()
    )
    return f"/rooms/{room.pk}/"


def _sharing(town: Town) -> str:
    return f"{_in_room(0)(town)}share/"


def _sharing_plan(town: Town) -> str:
    return f"{_planned(town)}share/"


def _framed(room: Callable[[Town], str]) -> Callable[[Town], str]:
    """The frame of the room whose page that is."""
    return lambda town: f"/embed{room(town)}"


def _below_the_threshold(town: Town) -> str:
    town.people["tess"] = User.objects.create_user(
        "tess", "tess@example.org", display_name="Tess Ng", follower_count=412
    )
    return "/rooms/new/"


PAGES = {
    "home": Shown("home", "/"),
    "home-signed-in": Shown("home", "/", "maya"),
    "home-nothing-fits": Shown("home", "/?topic=silence", "maya"),
    "home-chosen": Shown("home", "/?lang=en&topic=technology", "maya"),
    "home-nobody-followed-live": Shown("home", "/?following=1", "karim"),
    "upcoming": Shown("upcoming", "/upcoming/"),
    "upcoming-some-with-tickets": Shown("upcoming", ticket_town.upcoming, "maya"),
    "upcoming-nothing-fits": Shown("upcoming", "/upcoming/?topic=silence", "maya"),
    "upcoming-second-page": Shown("upcoming", _second_page, "maya"),
    "topic": Shown("topic", _topic, "maya"),
    "topic-nothing": Shown("topic", "/topics/silence/"),
    "search": Shown("search", "/search/?q=an", "karim"),
    "search-nothing": Shown("search", "/search/?q=xyzzy"),
    "search-begin": Shown("search", "/search/"),
    "create": Shown("create_room", "/rooms/new/", "ana"),
    "create-refused": Shown("create_room", "/rooms/new/"),
    "create-below": Shown("create_room", _below_the_threshold, "tess"),
    "door": Shown("room_page", _in_room(0), "maya"),
    "door-visitor": Shown("room_page", _in_room(0)),
    "door-members-only": Shown("room_page", _members_only),
    "door-planned": Shown("room_page", _planned, "maya"),
    "door-own-plan": Shown("room_page", _own_plan, "bo"),
    "door-official": Shown("room_page", _official, "maya"),
    "share": Shown("room_share", _shared, "maya"),
    "share-host": Shown("room_share", _sharing, "ana"),
    "share-visitor": Shown("room_share", _sharing),
    "share-plan": Shown("room_share", _sharing_plan, "maya"),
    "embed": Shown("room_embed", _framed(_in_room(0))),
    "embed-planned": Shown("room_embed", _framed(_planned)),
    "embed-ended": Shown("room_embed", _framed(_ended)),
    "embed-members-only": Shown("room_embed", _framed(_members_only)),
    "embed-nothing": Shown("room_embed", "/embed/rooms/7c9e6679-7425-40de-944b-e07fc1f90ae7/", None, ("404",)),
    "reschedule": Shown("room_reschedule", _own_change, "bo"),
    "reminders": Shown("reminders", _waiting, "maya"),
    "reminders-none": Shown("reminders", "/reminders/", "bo"),
    "notifications": Shown("notifications", _told, "maya"),
    "notifications-less": Shown("notifications", _told_less, "maya"),
    "notifications-none": Shown("notifications", "/notifications/", "wolfe"),
    "settings-notifications": Shown("settings-notifications", "/settings/notifications/", "maya"),
    "calendar": Shown("own-calendar", "/settings/calendar/", "maya"),
    "unsubscribe": Shown("unsubscribe", _unsubscribe),
    "unsubscribed": Shown("unsubscribe", _unsubscribed),
    "door-not-started": Shown("room_page", _not_started, "maya"),
    "door-ended": Shown("room_page", _ended, "maya"),
    "door-left-behind": Shown("room_page", _left_behind, "maya"),
    "door-left-behind-visitor": Shown("room_page", _left_behind),
    "door-closed": Shown("room_page", moderated_town.closed_room, "bo"),
    "door-removed": Shown("room_page", moderated_town.removed, "maya"),
    "home-read-only": Shown("home", moderated_town.read_only, "maya"),
    "report": Shown("report", moderated_town.about_a_speaker, "maya"),
    "report-illegal": Shown("report-illegal", "/report/illegal/"),
    "report-sent": Shown("report-thanks", "/report/thanks/", "maya"),
    "reports": Shown("reports", moderated_town.own_pages, "maya"),
    "reports-none": Shown("reports", "/reports/", "bo"),
    "own-report": Shown("own-report", moderated_town.own_report, "maya"),
    "decision": Shown("appeal", moderated_town.own_decision, "maya"),
    "decision-of-mail": Shown("decision-by-token", moderated_town.decision_of_mail),
    "help": Shown("help", "/help/"),
    "accessibility": Shown("accessibility", "/accessibility/"),
    "nowhere": Shown("", "/nowhere/", "maya", ("404",)),
    "profile": Shown("profile", "/@ana/", "maya"),
    "profile-own": Shown("profile", "/@maya/", "maya"),
    "profile-rooms": Shown("rooms_of_person", "/@omar/rooms/"),
    "followers": Shown("people", "/@ana/followers/", "maya"),
    "following": Shown("people", "/@maya/following/", "bo"),
    "settings": Shown("settings", "/settings/", "maya"),
    "settings-look": Shown("settings-look", "/settings/look/", "maya"),
    "settings-privacy": Shown("settings-privacy", "/settings/privacy/", "maya"),
    "settings-blocked": Shown("settings-blocked", "/settings/blocked/", "wolfe"),
    "settings-blocked-nobody": Shown("settings-blocked", "/settings/blocked/", "maya"),
    "block": Shown("block", "/@ana/block/", "maya"),
    "profile-blocked": Shown("profile", "/@omar/", "wolfe"),
    "door-blocked-speaker": Shown("room_page", _in_room(0), "noor"),
    "invitations": Shown("invitations", "/invitations/", "maya"),
    "invitations-none": Shown("invitations", "/invitations/", "bo"),
    "posts": Shown("posts", talking_town.feed, "maya"),
    "posts-none": Shown("posts", "/posts/", "karim"),
    "post-new": Shown("post-new", talking_town.new_post, "maya"),
    "post": Shown("post", talking_town.post, "maya"),
    "post-visitor": Shown("post", talking_town.post),
    "post-reply": Shown("post", talking_town.reply, "bo"),
    "post-likers": Shown("post-likers", talking_town.likers, "maya"),
    "post-delete": Shown("post-delete", talking_town.delete_post, "ana"),
    "posts-of": Shown("posts-of", talking_town.posts_of, "maya"),
    "profile-posts": Shown("profile", talking_town.profile, "maya"),
    "report-post": Shown("report", talking_town.report_post, "maya"),
    "messages": Shown("messages", talking_town.messages, "maya"),
    "messages-none": Shown("messages", "/messages/", "bo"),
    "message-requests": Shown("message-requests", talking_town.requests, "maya"),
    "message-requests-none": Shown("message-requests", "/messages/requests/", "bo"),
    "message-choose": Shown("message-choose", talking_town.choose, "maya"),
    "conversation": Shown("conversation", talking_town.conversation, "maya"),
    "conversation-empty": Shown("conversation", "/messages/@lea/", "maya"),
    "conversation-request": Shown("conversation", talking_town.request, "maya"),
    "conversation-delete": Shown("conversation-delete", "/messages/@lea/delete/", "maya"),
    "settings-account": Shown("settings-account", "/settings/account/", "maya"),
    "devices": Shown("devices", "/settings/devices/", "maya"),
    "sign-in": Shown("account_login", "/accounts/login/"),
    "sign-up": Shown("account_signup", "/accounts/signup/"),
    "sign-out": Shown("account_logout", "/accounts/logout/", "maya"),
    "suspended": Shown("account_inactive", "/accounts/inactive/"),
    "password": Shown("account_change_password", "/accounts/password/change/", "maya"),
    "password-forgotten": Shown("account_reset_password", "/accounts/password/reset/"),
    "password-sent": Shown("account_reset_password_done", "/accounts/password/reset/done/"),
    "password-spent-link": Shown("account_reset_password_from_key", "/accounts/password/reset/key/1-no/"),
    "password-saved": Shown("account_reset_password_from_key_done", "/accounts/password/reset/key/done/"),
    "email": Shown("account_email", "/accounts/email/", "maya"),
    "tickets": Shown("room_tickets", ticket_town.on_sale, "maya"),
    "tickets-visitor": Shown("room_tickets", ticket_town.on_sale),
    "tickets-sold-out": Shown("room_tickets", ticket_town.sold_out, "maya"),
    "ticket": Shown("order", ticket_town.bought, "maya"),
    "ticket-refunded": Shown("order", ticket_town.given_back, "maya"),
    "orders": Shown("orders", ticket_town.orders, "maya"),
    "orders-none": Shown("orders", "/tickets/", "bo"),
    "sell": Shown("sell_tickets", "/tickets/sell/", "bo"),
    "sell-apply": Shown("sell_tickets", ticket_town.may_apply, "bo"),
    "sale-offer": Shown("ticket_sale", ticket_town.to_sell, "karim"),
    "sale": Shown("ticket_sale", ticket_town.own_sale, "karim"),
    "door-ticketed": Shown("room_page", ticket_town.door, "maya"),
    "two-factors": Shown("mfa_index", "/accounts/2fa/", "maya"),
}

#: Stops of the walk through sign-up and two factors (test_entrance.py), each looked at there.
WALKED = {
    "account_email_verification_sent",
    "account_reauthenticate",
    "mfa_activate_totp",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "mfa_reauthenticate",
    "mfa_view_recovery_codes",
}

#: Names of the URLconf that show no page, and why.
NO_PAGES = {
    "account_confirm_login_code": "sign-in by code is off",
    "account_set_password": "there are no accounts without a password",
    "avatar": "a picture",
    "conversation-new": "a piece of a conversation that is open",
    "messages-unread": "a number",
    "room_card": "a piece of a post or message",
    "calendar-feed": "a calendar",
    "oembed": "JSON",
    "apple-app-site-association": "JSON",
    "asset-links": "JSON",
    "room_link_card": "a picture",
    "room_qr": "a picture",
    "room_qr_png": "a picture",
    "default-avatar": "a picture",
    "js-catalogue": "JSON",
    "order_calendar": "a file for calendars",
    "order_return": "leads to the order",
    "mfa_download_recovery_codes": "a text file",
    "push-worker": "a script",
    "room_calendar": "a calendar",
    "set_language": "a form's address",
    "usersessions_list": "leads to devices",
}
