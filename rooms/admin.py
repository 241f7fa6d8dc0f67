"""Staff's view of rooms: read-mostly, and what changes goes through the services."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rooms import eligibility
from rooms.models import (
    HostingPolicy,
    Invitation,
    Knock,
    MediaNode,
    Participant,
    Pin,
    Reminder,
    Removal,
    Role,
    Room,
    RoomState,
    ShareLink,
)
from rooms.queries import sound_now
from rooms.services import hosting_policy, lifecycle
from spaces_site.boundary.staff_pages import FirstRows, ReadOnly


class ParticipantInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """Who is in the room, then who was; the stage first."""

    model = Participant
    formset = FirstRows
    verbose_name_plural = _("participants, the first 200")
    fields = ("person", "role", "muted", "silenced_by", "is_hidden", "joined_at", "left_at", "disconnected_at")
    readonly_fields = fields
    show_change_link = False

    @admin.display(description=_("muted by"))
    def silenced_by(self, place: Participant) -> str:
        return str(place.muted_by or "–")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Participant]":
        people = super().get_queryset(request).select_related("person", "muted_by")
        # Where NULLs stand differs between databases.
        there, stage = F("left_at").asc(nulls_first=True), F("stage_joined_at").asc(nulls_last=True)
        return people.order_by(there, stage, "joined_at")


class TraceInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """What hosts did about people in this room, the newest first."""

    formset = FirstRows
    show_change_link = False
    newest_first = ""
    people: tuple[str, ...] = ("person", "by")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return super().get_queryset(request).select_related(*self.people).order_by(self.newest_first)

    @admin.display(description=_("person"))
    def whom(self, trace: Any) -> str:
        return str(trace.person)

    @admin.display(description=_("state"))
    def outcome(self, trace: Any) -> str:
        return str(trace.get_state_display())

    @admin.display(description=_("answered at"))
    def answered(self, trace: Any) -> str:
        return _moment(trace.answered_at)


class RemovalInline(TraceInline):
    """Who was put out for good, and let back in."""

    model = Removal
    verbose_name_plural = _("put out for good")
    newest_first = "-removed_at"
    people = ("person", "by", "undone_by")
    fields = readonly_fields = ("whom", "removed", "let_back_in")

    @admin.display(description=_("put out"))
    def removed(self, removal: Removal) -> str:
        return f"{removal.by or '–'}, {_moment(removal.removed_at)}"

    @admin.display(description=_("let back in"))
    def let_back_in(self, removal: Removal) -> str:
        return f"{removal.undone_by or '–'}, {_moment(removal.undone_at)}" if removal.undone_at else "–"


class InvitationInline(TraceInline):
    """Who was invited, to what, and what they said."""

    model = Invitation
    verbose_name_plural = _("invited")
    newest_first = "-invited_at"
    fields = readonly_fields = ("whom", "asked", "outcome", "answered")

    @admin.display(description=_("invited"))
    def asked(self, invitation: Invitation) -> str:
        return f"{invitation.get_kind_display()}: {invitation.by or '–'}, {_moment(invitation.invited_at)}"


class ShareLinkInline(TraceInline):
    """Who passed the room on, and how many came by it; those who brought most first."""

    model = ShareLink
    verbose_name_plural = _("shared links")
    newest_first = "-came"
    people = ("sharer",)
    fields = readonly_fields = ("sharer", "came")


class KnockInline(TraceInline):
    """Who asked to come in while hosts let people in one by one."""

    model = Knock
    verbose_name_plural = _("asked to come in")
    newest_first = "-knocked_at"
    fields = readonly_fields = ("whom", "asked", "outcome", "answer")

    @admin.display(description=_("asked to come in"))
    def asked(self, knock: Knock) -> str:
        return _moment(knock.knocked_at)

    @admin.display(description=_("answer"))
    def answer(self, knock: Knock) -> str:
        return f"{knock.by or '–'}, {_moment(knock.answered_at)}" if knock.answered_at else "–"


class PinInline(TraceInline):
    """Which posts hosts pinned, from when until when."""

    model = Pin
    verbose_name_plural = _("pinned posts")
    newest_first = "-pinned_at"
    people = ("post__author", "pinned_by", "unpinned_by")
    fields = readonly_fields = ("what", "pinned", "taken_down")

    @admin.display(description=_("post"))
    def what(self, pin: Pin) -> str:
        return f"{pin.post.author}: {pin.post}" if pin.post else gettext("deleted")

    @admin.display(description=_("pinned"))
    def pinned(self, pin: Pin) -> str:
        return f"{pin.pinned_by or '–'}, {_moment(pin.pinned_at)}"

    @admin.display(description=_("taken down"))
    def taken_down(self, pin: Pin) -> str:
        return f"{pin.unpinned_by or '–'}, {_moment(pin.unpinned_at)}" if pin.unpinned_at else "–"


def _moment(moment: datetime | None) -> str:
    return localize(timezone.localtime(moment)) if moment else "–"


class StateFilter(admin.SimpleListFilter):
    """Live rooms unless staff ask for others."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        others = [(state.value, state.label) for state in RoomState if state != RoomState.LIVE]
        return [*others, ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": RoomState.LIVE.label}
        yield from others

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Room]") -> "QuerySet[Room]":
        return queryset if self.value() == "all" else queryset.filter(state=self.value() or RoomState.LIVE)


class SoundingRooms(ChangeList):
    """The page's rooms with who sounds in them, asked once for all."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rooms: list[Any] = list(self.result_list)
        told = sound_now.levels_of(room_ids=[room.pk for room in rooms])
        for room in rooms:
            room.levels_now = told.get(room.pk, ())
        self.result_list = rooms


@admin.register(Room)
class RoomAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Rooms with their people, their sound and the node that carries it; staff can end one."""

    list_display = (
        "title", "creator", "state", "people", "on_stage", "levels", "node", "epoch", "started_at", "lease_until",
    )  # fmt: skip
    list_filter = (StateFilter, "is_official", "language", "who_may_speak")
    search_fields = ("=id", "title", "creator__handle")
    list_select_related = ("creator", "media_session__node")
    date_hierarchy = "created_at"
    ordering = ("-started_at", "-created_at")
    fields = (
        "title", "description", "creator", "state", "language", "topics", "who_may_speak", "guests_allowed",
        "hidden_allowed", "hands_open", "mics_locked", "stage_limit", "entry_age_hours", "entry_followers",
        "entry_approval", "is_official", "scheduled_start", "series", "started_at", "ended_at", "end_reason",
        "host_lost_at", "stage_empty_at", "people", "on_stage", "node", "epoch", "lease_until",
    )  # fmt: skip
    readonly_fields = fields
    inlines = (ParticipantInline, RemovalInline, InvitationInline, KnockInline, ShareLinkInline, PinInline)
    actions = ("end_rooms", "make_official", "take_official")
    show_full_result_count = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SoundingRooms

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Room]":
        present = Q(participants__left_at=None)
        rooms: QuerySet[Room] = super().get_queryset(request)
        return rooms.annotate(
            people_now=Count("participants", filter=present),
            stage_now=Count("participants", filter=present & ~Q(participants__role=Role.LISTENER)),
        )

    @admin.display(description=_("people"), ordering="people_now")
    def people(self, room: Room) -> int:
        return int(getattr(room, "people_now", 0))

    @admin.display(description=_("on stage"), ordering="stage_now")
    def on_stage(self, room: Room) -> int:
        return int(getattr(room, "stage_now", 0))

    @admin.display(description=_("levels"))
    def levels(self, room: Room) -> str:
        """Who sounds now, the loudest first: `@maya 7, @theo 2`."""
        told = getattr(room, "levels_now", ())
        return ", ".join(f"@{each.handle} {each.level}" for each in told) or "–"

    @admin.display(description=_("media node"))
    def node(self, room: Room) -> str:
        session = getattr(room, "media_session", None)
        return str(session.node or "–") if session else "–"

    @admin.display(description=_("epoch"))
    def epoch(self, room: Room) -> int | None:
        session = getattr(room, "media_session", None)
        return session.epoch if session else None

    @admin.display(description=_("lease until"))
    def lease_until(self, room: Room) -> str:
        session = getattr(room, "media_session", None)
        return _moment(session.lease_until if session else None)

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Whoever may change rooms may end them, though nobody edits them by hand."""
        return request.user.has_perm("rooms.change_room")

    @admin.action(description=_("End for everyone…"), permissions=["end"])
    def end_rooms(self, request: HttpRequest, queryset: "QuerySet[Room]") -> HttpResponse | None:
        """Ask once more, then end the chosen live rooms; written into the admin's log."""
        rooms = list(queryset.filter(state=RoomState.LIVE))
        if "sure" not in request.POST:
            context = {**self.admin_site.each_context(request), "rooms": rooms, "opts": self.opts}
            return render(request, "admin/rooms/end_rooms.html", context)
        staff = cast("User", request.user)
        for room in rooms:
            lifecycle.end_room(actor=staff, room_id=room.pk, now=timezone.now())
            said = gettext("Ended for everyone")
            LogEntry.objects.log_actions(staff.pk, [room], CHANGE, change_message=said, single_object=True)
        text = ngettext("%(count)d room ended.", "%(count)d rooms ended.", len(rooms)) % {"count": len(rooms)}
        self.message_user(request, text, messages.SUCCESS)
        return None

    @admin.action(description=_("Make official rooms of the platform"), permissions=["end"])
    def make_official(self, request: HttpRequest, queryset: "QuerySet[Room]") -> None:
        """Shown as such wherever the room stands."""
        self._set_official(request, queryset, is_official=True)

    @admin.action(description=_("Take “official” back"), permissions=["end"])
    def take_official(self, request: HttpRequest, queryset: "QuerySet[Room]") -> None:
        """Rooms like any other again."""
        self._set_official(request, queryset, is_official=False)

    def _set_official(self, request: HttpRequest, queryset: "QuerySet[Room]", *, is_official: bool) -> None:
        staff, now = cast("User", request.user), timezone.now()
        count = sum(
            lifecycle.set_official(actor=staff, room_id=room.pk, is_official=is_official, now=now) for room in queryset
        )
        text = ngettext("%(count)d room changed.", "%(count)d rooms changed.", count) % {"count": count}
        self.message_user(request, text, messages.SUCCESS)


@admin.register(Reminder)
class ReminderAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Who waits for which room, and when they are told."""

    list_display = ("room", "person", "asked_at", "told")
    list_select_related = ("room", "person")
    search_fields = ("=room__id", "person__handle")
    fields = list_display
    readonly_fields = list_display
    ordering = ("-asked_at",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Reminder]":
        reminders: QuerySet[Reminder] = super().get_queryset(request)
        return reminders.prefetch_related("due")

    @admin.display(description=_("reminders"))
    def told(self, reminder: Reminder) -> str:
        """Each with the moment at which it was sent, or is due."""
        rows = sorted(reminder.due.all(), key=lambda row: row.kind)
        return ", ".join(
            f"{row.get_kind_display()}: {localize(timezone.localtime(moment)) if moment else '–'}"
            for row in rows
            for moment in [row.sent_at or row.due_at]
        )


@admin.register(MediaNode)
class MediaNodeAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Media nodes as they report themselves every second."""

    list_display = (
        "name", "is_alive", "heartbeat_at", "load_percent", "room_count", "leg_count", "is_draining", "addresses",
        "port", "started_at",
    )  # fmt: skip
    fields = list_display
    readonly_fields = list_display
    ordering = ("-heartbeat_at",)

    @admin.display(description=_("alive"), boolean=True)
    def is_alive(self, node: MediaNode) -> bool:
        return (timezone.now() - node.heartbeat_at).total_seconds() < 5

    @admin.display(description=_("load"), ordering="load")
    def load_percent(self, node: MediaNode) -> str:
        return f"{node.load:.0%}"


@admin.register(HostingPolicy)
class HostingPolicyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The one row with the threshold: changed at run time, never added or deleted."""

    fields = ("followers_needed",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: HostingPolicy, form: Any, change: bool) -> None:
        """By the service, which writes it down."""
        staff = cast("User", request.user)
        hosting_policy.set_followers_needed(actor=staff, followers_needed=obj.followers_needed)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[HostingPolicy]":
        eligibility.hosting_policy()
        return super().get_queryset(request)
