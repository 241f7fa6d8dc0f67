"""Staff's side of a report in a real browser: the case page, the evidence that plays, the decision."""

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from media_worker.engine.frames import FRAME_SAMPLES
from media_worker.engine.packager import Packager
from moderation.models import AuditEntry, Case, Decision
from moderation.services import decisions, reports
from rooms.protocol import parts_key
from tests.browser.town import make_town
from tests.fakes.legs import Parts, tone
from tests.rooms.cast import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
#: Frames of sound in the broker: ten seconds, from somewhere far along the room's time.
FRAMES, FIRST = 500, 400_000
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


def sound_of(room):
    """Ten seconds of a tone in the broker, as a node leaves them there."""
    sink = Parts()
    packager = Packager(sink, lambda: 1_800_000_000.0)
    for frame in range(FIRST, FIRST + FRAMES):
        packager.put(tone(440, start=frame * FRAME_SAMPLES), frame * FRAME_SAMPLES)
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.xadd(parts_key(str(room.pk)), {"epoch": 1, "run": 1, "init": sink.inits[0]})
        for part in sink.parts:
            fields = {"epoch": 1, "run": 1, "segment": part.segment, "index": part.index, "samples": part.samples}
            broker.xadd(parts_key(str(room.pk)), {**fields, "start": part.start, "data": part.data})
    return sum(part.samples for part in sink.parts) / 48_000


@pytest.fixture
def reported(transactional_db):
    """A speaker of a room that sounds was reported; (the case, seconds of its sound, staff)."""
    town = make_town()
    seconds = sound_of(town.rooms[0])
    words = reports.Words("THREATS", "SOMEONE", "He said it twice.", town.people["omar"].pk, town.rooms[0].pk)
    reports.send_report(sender=reports.Sender(town.people["maya"]), words=words, now=timezone.now())
    staff = person("warden", is_staff=True, is_superuser=True)
    earlier = decisions.Verdict("WARN", "SPAM")
    decisions.decide_about(actor=staff, person=town.people["omar"], verdict=earlier, now=timezone.now())
    return Case.objects.get(), seconds, staff


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
    page.locator("select[name=measure]").select_option("NO_MICROPHONE")
    page.locator("input[name=days]").fill("7")
    page.locator("textarea[name=facts]").fill("Threats from the third minute on.")
    page.locator("form[action$='/decide/'] input[type=submit]").click()
    page.locator(".messagelist .success").wait_for()
    decision = Decision.objects.get(case=case)
    assert (decision.measure, decision.reason, decision.by) == ("NO_MICROPHONE", "THREATS", staff)
