"""Staff's view of rooms: read-mostly, and what changes goes through the services."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, F, Q, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rooms import eligibility
from rooms.models import HostingPolicy, MediaNode, Participant, Role, Room, RoomState
from rooms.queries import sound_now
from rooms.services import hosting_policy, lifecycle

#: People that a room's page lists; a full room has a thousand times as many.
PEOPLE_LISTED = 200


class ReadOnly:
    """Nothing is added, changed or deleted here by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class FirstPeople(BaseInlineFormSet):  # type: ignore[type-arg]
    """So many rows and no more: the page of a full room must open too."""

    def get_queryset(self) -> Any:
        if not hasattr(self, "_listed"):
            self._listed = list(super().get_queryset()[:PEOPLE_LISTED])
        return self._listed


class ParticipantInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """Who is in the room, then who was; the stage first."""

    model = Participant
    formset = FirstPeople
    verbose_name_plural = _("participants, the first 200")
    fields = ("person", "role", "muted", "is_hidden", "joined_at", "left_at", "disconnected_at")
    readonly_fields = fields
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Participant]":
        people = super().get_queryset(request).select_related("person")
        # Where NULLs stand differs between databases.
        there, stage = F("left_at").asc(nulls_first=True), F("stage_joined_at").asc(nulls_last=True)
        return people.order_by(there, stage, "joined_at")


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
    list_filter = (StateFilter, "language", "who_may_speak")
    search_fields = ("=id", "title", "creator__handle")
    list_select_related = ("creator", "media_session__node")
    date_hierarchy = "created_at"
    ordering = ("-started_at", "-created_at")
    fields = (
        "title", "description", "creator", "state", "language", "topics", "who_may_speak", "guests_allowed",
        "hidden_allowed", "hands_open", "stage_limit", "scheduled_start", "started_at", "ended_at", "end_reason",
        "host_lost_at", "stage_empty_at", "people", "on_stage", "node", "epoch", "lease_until",
    )  # fmt: skip
    readonly_fields = fields
    inlines = (ParticipantInline,)
    actions = ("end_rooms",)
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
        return localize(timezone.localtime(session.lease_until)) if session and session.lease_until else "–"

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
