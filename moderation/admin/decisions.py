"""Decisions and appeals: the second person, lifting, answering; and deciding without a report."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from moderation.admin.acts import act, check_may, complain
from moderation.admin.forms import AnswerForm, ClosingForm, VerdictForm, WhyForm
from moderation.models import Appeal, AppealState, Decision, DecisionState, Measure
from moderation.services import appeals, decisions
from moderation.services.decisions import Verdict
from rooms.models import Room, RoomState
from spaces_site.boundary.staff_pages import ReadOnly

MAY_DECIDE = "moderation.change_decision"
MAY_ANSWER = "moderation.change_appeal"


@admin.register(Decision)
class DecisionAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """What was decided, what waits for a second person, what still holds."""

    list_display = ("person", "measure", "reason", "state", "made_at", "ends_at", "by", "second")
    list_filter = ("state", "measure", "reason", "made_at")
    search_fields = ("=id", "person__handle", "room__title", "facts")
    list_select_related = ("person", "by", "second")
    date_hierarchy = "made_at"
    ordering = ("-made_at",)
    fields = (
        "person", "room", "measure", "reason", "facts", "state", "made_at", "ends_at", "by", "second", "second_at",
        "lifted_at", "case",
    )  # fmt: skip
    readonly_fields = fields
    change_form_template = "admin/moderation/decision/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        mine: list[tuple[str, Any, str]] = [
            ("about/<uuid:person_id>/", self.about, "about"),
            ("close/<uuid:room_id>/", self.close, "close"),
            ("<uuid:decision_id>/confirm/", self.confirm, "confirm"),
            ("<uuid:decision_id>/refuse/", self.refuse, "refuse"),
            ("<uuid:decision_id>/lift/", self.lift, "lift"),
        ]
        paths = [
            path(route, self.admin_site.admin_view(view), name=f"moderation_decision_{name}")
            for route, view, name in mine
        ]
        return [*paths, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        decision: Any = self.get_object(request, object_id)
        may = request.user.has_perm(MAY_DECIDE)
        waits = may and decision is not None and decision.state == DecisionState.PROPOSED
        extra = {
            "waits": waits and decision.by_id != request.user.pk,
            "own": waits and decision.by_id == request.user.pk,
            "stands": may and decision is not None and decision.can_be_lifted,
            "why_form": WhyForm(),
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def about(self, request: HttpRequest, person_id: UUID) -> HttpResponse:
        """Decide about somebody without a report."""
        check_may(request, MAY_DECIDE)
        person = get_object_or_404(User, pk=person_id)
        form = VerdictForm(request.POST or None, with_room=False, with_posts=False, dismissible=False)
        if form.is_valid():
            said, back = (
                gettext("Decided; everybody concerned is told."),
                reverse("admin:moderation_decision_changelist"),
            )
            arguments = {"person": person, "verdict": form.verdict(), "now": timezone.now()}
            return act(request, back, said, decisions.decide_about, **arguments)
        told = {
            "title": gettext("Decide about %(person)s") % {"person": person},
            "warning": _("It takes effect at once, and the person is told."),
            "button": _("Decide"),
            "back": reverse("admin:accounts_user_change", args=[person.pk]),
        }
        return self._form(request, form, **told)

    def close(self, request: HttpRequest, room_id: UUID) -> HttpResponse:
        """The kill switch: a live room ends for everybody within two seconds."""
        check_may(request, MAY_DECIDE)
        room = get_object_or_404(Room.objects.select_related("creator"), pk=room_id)
        if room.state != RoomState.LIVE:
            raise Http404
        form = ClosingForm(request.POST or None)
        if form.is_valid():
            verdict = Verdict(Measure.CLOSE_ROOM, form.cleaned_data["reason"], form.cleaned_data["facts"])
            back = reverse("admin:rooms_room_change", args=[room.pk])
            arguments = {"room": room, "verdict": verdict, "now": timezone.now()}
            return act(request, back, gettext("The room is closed."), decisions.close_room, **arguments)
        told = {
            "title": gettext("Close “%(title)s”?") % {"title": room.title},
            "warning": _("The room ends for everybody at once. This cannot be undone."),
            "button": _("Close the room"),
            "back": reverse("admin:rooms_room_change", args=[room.pk]),
        }
        return self._form(request, form, **told)

    def confirm(self, request: HttpRequest, decision_id: UUID) -> Any:
        """The second person says yes."""
        check_may(request, MAY_DECIDE, post=True)
        said = gettext("Confirmed: the suspension is for good.")
        arguments = {"decision_id": decision_id, "now": timezone.now()}
        return act(request, _page_of(decision_id), said, decisions.confirm, **arguments)

    def refuse(self, request: HttpRequest, decision_id: UUID) -> Any:
        """The second person says no."""
        return self._with_reason(request, decision_id, gettext("Refused: the person is back."), decisions.refuse)

    def lift(self, request: HttpRequest, decision_id: UUID) -> Any:
        """Before its time."""
        return self._with_reason(request, decision_id, gettext("Lifted; the person is told."), decisions.lift)

    def _with_reason(self, request: HttpRequest, decision_id: UUID, said: str, service: Any) -> Any:
        check_may(request, MAY_DECIDE, post=True)
        form, back = WhyForm(request.POST), _page_of(decision_id)
        if not form.is_valid():
            return complain(request, form, back)
        arguments = {"decision_id": decision_id, "why": form.cleaned_data["why"], "now": timezone.now()}
        return act(request, back, said, service, **arguments)

    def _form(self, request: HttpRequest, form: Any, **words: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "form": form, **words}
        return render(request, "admin/moderation/decision/form.html", context)


@admin.register(Appeal)
class AppealAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """What people contest; those that wait first."""

    list_display = ("decision", "state", "made_at", "answered_by", "answered_at")
    list_filter = ("state", "made_at")
    search_fields = ("decision__person__handle", "words")
    list_select_related = ("decision__person", "answered_by")
    fields = ("decision", "words", "state", "made_at", "answer", "answered_by", "answered_at")
    readonly_fields = fields
    change_form_template = "admin/moderation/appeal/change_form.html"

    def get_ordering(self, request: HttpRequest) -> Any:
        # OPEN stands before OVERTURNED and UPHELD.
        return ["state", "made_at"]

    def get_urls(self) -> list[URLPattern]:
        answer = self.admin_site.admin_view(self.answer)
        return [path("<uuid:appeal_id>/answer/", answer, name="moderation_appeal_answer"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        appeal: Any = self.get_object(request, object_id)
        waits = appeal is not None and appeal.state == AppealState.OPEN and request.user.has_perm(MAY_ANSWER)
        own = waits and request.user.pk in (appeal.decision.by_id, appeal.decision.second_id)
        extra = {"waits": waits and not own, "own": own, "answer_form": AnswerForm()}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def answer(self, request: HttpRequest, appeal_id: UUID) -> Any:
        """Stays, or is taken back."""
        check_may(request, MAY_ANSWER, post=True)
        form, back = AnswerForm(request.POST), reverse("admin:moderation_appeal_change", args=[appeal_id])
        if not form.is_valid():
            return complain(request, form, back)
        said = gettext("Answered; the person is told.")
        return act(request, back, said, appeals.answer, appeal_id=appeal_id, now=timezone.now(), **form.cleaned_data)


def _page_of(decision_id: UUID) -> str:
    return reverse("admin:moderation_decision_change", args=[decision_id])
