# ruff: noqa: F811
"""Staff's side of a report in a real browser: the case page, the evidence that plays, the decision."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from moderation.models import AuditEntry, Case, Decision
from moderation.services import decisions, reports
from tests.browser import recorded_room
from tests.browser.test_room_looks import look, open_room, speaking_chromium  # noqa: F401
from tests.browser.town import make_town
from tests.moderation.broker_sound import leave_sound
from tests.rooms.cast import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
#: Plays it all, faster than anybody speaks; where it began and where it ended, in seconds.
PLAYED = """async (audio) => {
  audio.playbackRate = 8;
  let first = Infinity;
  audio.addEventListener("timeupdate", () => { first = Math.min(first, audio.currentTime); });
  const ended = new Promise((resolve) => audio.addEventListener("ended", resolve));
  await audio.play();
  await ended;
  return [first, audio.currentTime];
}"""


@pytest.fixture
def reported(transactional_db):
    """A speaker of a room that sounds was reported; (the case, seconds of its sound, staff)."""
    town = make_town()
    seconds = leave_sound(town.rooms[0].pk)
    for words in (
        reports.Words("SPAM", person_id=town.people["wolfe"].pk),
        reports.Words("THREATS", "SOMEONE", "He said it twice.", town.people["omar"].pk, town.rooms[0].pk),
    ):
        reports.send_report(sender=reports.Sender(town.people["maya"]), words=words, now=timezone.now())
    staff = person("warden", is_staff=True, is_superuser=True)
    earlier = decisions.Verdict("WARN", "SPAM")
    decisions.decide_about(actor=staff, person=town.people["omar"], verdict=earlier, now=timezone.now())
    return Case.objects.get(person=town.people["omar"]), seconds, staff


def test_the_evidence_plays_from_its_first_second_and_the_listen_is_written_down(open_page, reported, shot):
    _, seconds, staff = reported
    page = open_page("/admin/moderation/case/", person=staff)
    shot(page, "admin-queue")
    page.locator("#result_list tbody th a").first.click()
    player = page.locator("audio")
    player.wait_for()
    assert not AuditEntry.objects.filter(act="evidence.heard").exists()
    first, last = player.evaluate(PLAYED)
    assert first < 2
    assert last == pytest.approx(seconds, abs=0.2)
    heard = AuditEntry.objects.filter(act="evidence.heard")
    assert heard.count() >= 1
    assert {entry.actor_name for entry in heard} == {"@warden"}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_case_is_decided_on_its_page(open_page, reported, shot, language):
    case, _, staff = reported
    type(staff).objects.filter(pk=staff.pk).update(language=language)
    page = open_page(f"/admin/moderation/case/{case.pk}/change/", language=language, person=staff)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.querySelector('.side-by-side').scrollWidth <= innerWidth")
        shot(page, f"admin-case-{language}-{width}")
    expect(page.locator(".report-row", has_text="1 other report" if language == "en" else "1 autre")).to_contain_text(
        "@maya"
    )
    page.locator("select[name=measure]").select_option("NO_MICROPHONE")
    page.locator("input[name=days]").fill("7")
    page.locator("textarea[name=facts]").fill("Threats from the third minute on.")
    page.locator("form[action$='/decide/'] input[type=submit]").click()
    page.locator(".messagelist .success").wait_for()
    decision = Decision.objects.get(case=case)
    assert (decision.measure, decision.reason, decision.by) == ("NO_MICROPHONE", "THREATS", staff)


def opened_by_bo(recorded):
    recorded["room"]["creator"] = recorded_room.person("Bo Chen")


@pytest.mark.parametrize(
    ("role", "change", "contests"),
    [("host", None, True), ("host", opened_by_bo, True), ("listener", None, False)],
    ids=["who-opened-it", "who-hosts-it", "listener"],
)
def test_a_room_that_staff_close_says_why_and_its_host_may_contest_it(open_room, axe, shot, role, change, contests):
    page = open_room(role, language="fr", width=390, change=change or (lambda recorded: None))
    note = {"en": "Threats of violence, or calls for it.", "fr": "Menaces de violence, ou appels à la violence."}
    page.evaluate("note => recorded.say('room.ended', {why: 'staff', note})", note)
    words = "Ce salon a été fermé par l’équipe de modération. Motif"
    page.get_by_text(words).wait_for()
    expect(page.locator(".over")).to_contain_text("Menaces de violence")
    expect(page.get_by_role("link", name="Contester")).to_have_count(int(contests))
    look(page, axe, shot, f"over-staff-{role}-fr-light-390")
    if contests:
        page.get_by_role("link", name="Contester").click()
        page.wait_for_url("**/reports/")
