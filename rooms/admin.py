"""Staff's view of rooms: read-mostly, and what changes goes through the services."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rooms import eligibility
from rooms.models import HostingPolicy, MediaNode, Participant, Room
from rooms.services import lifecycle


class ReadOnly:
    """Nothing is added, changed or deleted here by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ParticipantInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """Who is, and was, in the room."""

    model = Participant
    fields = ("person", "role", "muted", "is_hidden", "joined_at", "left_at", "disconnected_at")
    readonly_fields = fields
    show_change_link = False
    max_num = 200

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Participant]":
        return super().get_queryset(request).select_related("person").order_by("left_at", "joined_at")


@admin.register(Room)
class RoomAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Rooms with their people and the node that carries them; staff can end one."""

    list_display = ("title", "creator", "state", "people", "on_stage", "node", "epoch", "lease_until", "started_at")
    list_filter = ("state", "language", "who_may_speak")
    search_fields = ("=id", "title", "creator__handle")
    list_select_related = ("creator", "media_session__node")
    date_hierarchy = "created_at"
    ordering = ("-started_at", "-created_at")
    inlines = (ParticipantInline,)
    actions = ("end_rooms",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Room]":
        present = Q(participants__left_at=None)
        rooms: QuerySet[Room] = super().get_queryset(request)
        return rooms.annotate(
            people_now=Count("participants", filter=present),
            stage_now=Count("participants", filter=present & ~Q(participants__role="LISTENER")),
        )

    @admin.display(description=_("people"), ordering="people_now")
    def people(self, room: Room) -> int:
        return int(getattr(room, "people_now", 0))

    @admin.display(description=_("on stage"), ordering="stage_now")
    def on_stage(self, room: Room) -> int:
        return int(getattr(room, "stage_now", 0))

    @admin.display(description=_("media node"))
    def node(self, room: Room) -> str:
        session = getattr(room, "media_session", None)
        return str(session.node or "–") if session else "–"

    @admin.display(description=_("epoch"))
    def epoch(self, room: Room) -> int | None:
        session = getattr(room, "media_session", None)
        return session.epoch if session else None

    @admin.display(description=_("lease until"))
    def lease_until(self, room: Room) -> Any:
        session = getattr(room, "media_session", None)
        return session.lease_until if session else None

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Whoever may change rooms may end them, though nobody edits them by hand."""
        return request.user.has_perm("rooms.change_room")

    @admin.action(description=_("End the selected rooms for everyone"), permissions=["end"])
    def end_rooms(self, request: HttpRequest, queryset: "QuerySet[Room]") -> None:
        room_ids = list(queryset.filter(state="LIVE").values_list("pk", flat=True))
        for room_id in room_ids:
            lifecycle.end_room(actor=request.user, room_id=room_id, now=timezone.now())  # type: ignore[arg-type]
        text = ngettext("%(count)d room ended.", "%(count)d rooms ended.", len(room_ids)) % {"count": len(room_ids)}
        self.message_user(request, text, messages.SUCCESS)


@admin.register(MediaNode)
class MediaNodeAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Media nodes as they report themselves every second."""

    list_display = (
        "name",
        "is_alive",
        "heartbeat_at",
        "load_percent",
        "room_count",
        "leg_count",
        "is_draining",
        "addresses",
        "port",
        "started_at",
    )
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

    def get_queryset(self, request: HttpRequest) -> "QuerySet[HostingPolicy]":
        eligibility.hosting_policy()
        return super().get_queryset(request)
