# ruff: noqa: F811
"""Hosts' tools and everybody's own in the room: what is asked first, what is sent, what is told, how it looks."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from rooms.models import Room
from tests.browser import recorded_room
from tests.browser.test_room_keys import until
from tests.browser.test_room_looks import LOOKS, look, open_room, speaking_chromium  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]

KARIM, EVA = "Karim Bensaïd", "Eva Rossi"


def commands(page: Page, kind: str) -> list[dict[str, Any]]:
    """The data of every command of one kind that was sent."""
    return [one["data"] for one in page.evaluate("recorded.sent") if one["type"] == kind]


def choose(page: Page, name: str, what: str) -> None:
    """Open somebody's tile and take a row of their menu."""
    page.locator(f".person[data-person='{recorded_room.person(name)['id']}']").click()
    page.locator("dialog[open] .menu").get_by_text(what, exact=True).click()


def press(page: Page, name: str, within: str = "dialog[open]") -> None:
    page.locator(within).get_by_role("button", name=name, exact=True).click()


def safe(page: Page) -> None:
    """Focus is on the button that does nothing."""
    expect(page.locator("dialog[open] .btn:focus")).to_have_text("Cancel")


def notice(page: Page, text: str) -> None:
    expect(page.locator("[data-view=notice]")).to_contain_text(text)


def one_notice(page: Page, text: str) -> None:
    """It is said, once."""
    notice(page, text)
    expect(page.locator("[data-view=notice] .notice")).to_have_count(1)


def test_everybody_is_muted_after_a_question(open_room: Any) -> None:
    page = open_room("host")
    press(page, "Mute all", ".onstage")
    expect(page.locator("dialog[open]")).to_contain_text("The 4 other speakers are muted at once.")
    safe(page)
    page.keyboard.press("Enter")
    assert not commands(page, "stage.mute_everyone")
    press(page, "Mute all", ".onstage")
    press(page, "Mute all")
    until(page, "recorded.sent.some((one) => one.type === 'stage.mute_everyone')")
    press(page, "Mute all", ".onstage")
    page.locator("dialog[open] .check").click()
    press(page, "Mute all")
    until(page, "recorded.sent.filter((one) => one.type === 'stage.mute_everyone').length === 2")
    assert commands(page, "stage.mute_everyone") == [{"lock": False}, {"lock": True}]


def test_locked_microphones_are_shown_and_unlocked(open_room: Any) -> None:
    page = open_room("host")
    lock = page.locator(".onstage").get_by_role("button", name="Lock mics")
    lock.click()
    page.evaluate("by => recorded.say('mics.locked', {locked: true, by})", recorded_room.person("Ana Martin"))
    expect(lock).to_have_attribute("aria-pressed", "true")
    lock.click()
    until(page, "recorded.sent.filter((one) => one.type === 'stage.lock_mics').length === 2")
    assert commands(page, "stage.lock_mics") == [{"locked": True}, {"locked": False}]


def test_a_speaker_is_told_who_muted_all_and_cannot_unmute_while_locked(open_room: Any) -> None:
    page = open_room("speaker")
    ana = recorded_room.person("Ana Martin")
    muted = {"by": ana, "participants": [recorded_room.participant(KARIM)]}
    page.evaluate("muted => recorded.say('stage.muted', muted)", muted)
    one_notice(page, "Ana Martin muted all microphones.")
    expect(page.locator("[data-tool=mic]")).to_contain_text("Unmute")
    page.evaluate("by => recorded.say('mics.locked', {locked: true, by})", ana)
    one_notice(page, "Ana Martin locked the microphones.")
    expect(page.locator("[data-tool=mic]")).to_contain_text("Mics are locked")
    page.locator("[data-tool=mic]").click()
    notice(page, "The host has locked the microphones.")
    assert not commands(page, "mic.unmute")
    page.evaluate("by => recorded.say('mics.locked', {locked: false, by})", ana)
    expect(page.locator("[data-tool=mic]")).to_contain_text("Unmute")


def test_a_muted_speaker_reads_it_once_and_for_as_long_as_it_lasts(open_room: Any) -> None:
    page = open_room("speaker", clock=True)
    ana = recorded_room.person("Ana Martin")
    told = {"participant": recorded_room.participant(KARIM), "by": ana["id"]}
    page.evaluate("told => recorded.say('speaker.muted', told)", told)
    page.evaluate("by => recorded.say('you.muted', {by}, false)", ana)
    one_notice(page, "Ana Martin muted you.")
    page.clock.run_for(7_000)
    one_notice(page, "Muted by Ana Martin")


def test_somebody_is_removed_after_a_question_and_readmitted(open_room: Any) -> None:
    page = open_room("host")
    choose(page, KARIM, "Remove from this room")
    expect(page.locator("dialog[open] h2")).to_have_text("Remove Karim Bensaïd from this room?")
    safe(page)
    press(page, "Remove")
    notice(page, "Karim Bensaïd was removed.")
    press(page, "Undo", "[data-view=notice]")
    notice(page, "Karim Bensaïd can come back.")
    place, person = recorded_room.participant(KARIM), recorded_room.person(KARIM)["id"]
    assert commands(page, "person.remove") == [{"participant": place, "for_good": True}]
    assert commands(page, "person.readmit") == [{"person": person}]


def test_whom_to_let_back_in_is_listed_to_the_end(open_room: Any) -> None:
    page = open_room("host")
    pages = {"": ([KARIM], {"next_token": "a+b"}), "next_token=a%2Bb": ([EVA], {})}

    def tell(route: Any) -> None:
        names, meta = pages[route.request.url.partition("max_results=100")[2].removeprefix("&")]
        route.fulfill(json={"data": [recorded_room.person(name) for name in names], "meta": meta})

    page.route("**/rooms/*/removals/**", tell)
    page.locator(".seg a[href='#settings']").click()
    page.get_by_role("button", name="Removed from this room").click()
    expect(page.locator("dialog[open] .hand-row .row-title")).to_have_text([KARIM, EVA])


def test_what_was_just_done_is_in_sight_and_focus_stays_near(open_room: Any) -> None:
    page = open_room("host", width=390)
    page.locator(".onstage").get_by_role("button", name=f"More about {KARIM}").click()
    page.locator("dialog[open] .menu [data-choice=remove]").click()
    press(page, "Remove")
    notice(page, "Karim Bensaïd was removed.")
    expect(page.locator("[data-view=notice]").get_by_role("button", name="Undo")).to_be_in_viewport()
    gone = {"participant": recorded_room.participant(KARIM), "role": "listener", "why": ""}
    page.evaluate("gone => recorded.say('role.changed', gone)", gone)
    expect(page.locator("#onstage")).to_be_focused()


def test_undo_takes_removal_and_block_back(open_room: Any) -> None:
    page = open_room("host")
    asked: list[tuple[str, str]] = []

    def answer(route: Any) -> None:
        asked.append((route.request.method, route.request.url.partition("/users/")[2]))
        route.fulfill(status=204)

    page.route("**/api/v1/users/*/blocking/", answer)
    choose(page, KARIM, "Remove from this room")
    page.locator("dialog[open] .check").last.click()
    press(page, "Remove")
    notice(page, "Karim Bensaïd was removed and blocked.")
    press(page, "Undo", "[data-view=notice]")
    notice(page, "Karim Bensaïd can come back.")
    path = f"{recorded_room.person(KARIM)['id']}/blocking/"
    assert asked == [("POST", path), ("DELETE", path)]


def test_muting_all_while_locked_shows_that_they_stay_locked(open_room: Any) -> None:
    page = open_room("host")
    locked = {"locked": True, "by": recorded_room.person("Ana Martin")}
    page.evaluate("locked => recorded.say('mics.locked', locked)", locked)
    press(page, "Mute all", ".onstage")
    expect(page.locator("dialog[open] .check input")).to_be_checked()
    page.locator("dialog[open] .check").click()
    press(page, "Mute all")
    until(page, "recorded.sent.some((one) => one.type === 'stage.mute_everyone')")
    assert commands(page, "stage.mute_everyone") == [{"lock": False}]


def test_whoever_becomes_host_or_cohost_is_told(open_room: Any) -> None:
    page = open_room("speaker")
    told = (
        (KARIM, "co_host", "named", "You are a co-host now."),
        (KARIM, "speaker", "taken", "You are no longer a co-host."),
        (KARIM, "host", "handed_over", "You host this room now."),
        ("Bo Chen", "host", "handed_over", "Bo Chen hosts this room now."),
    )
    for name, role, why, words in told:
        changed = {"participant": recorded_room.participant(name), "role": role, "why": why}
        page.evaluate("changed => recorded.say('role.changed', changed)", changed)
        notice(page, words)


def test_removing_for_now_leaves_the_way_back_open(open_room: Any) -> None:
    page = open_room("host")
    choose(page, KARIM, "Remove from this room")
    page.locator("dialog[open] .check").first.click()
    expect(page.locator("dialog[open]")).to_contain_text("They can come back to this room.")
    press(page, "Remove")
    until(page, "recorded.sent.some((one) => one.type === 'person.remove')")
    assert commands(page, "person.remove")[0]["for_good"] is False


def test_roles_are_given_taken_and_handed_over(open_room: Any) -> None:
    page = open_room("host")
    choose(page, KARIM, "Make co-host")
    choose(page, "Bo Chen", "Make speaker again")
    choose(page, "Bo Chen", "Hand over the room")
    safe(page)
    press(page, "Hand over")
    until(page, "recorded.sent.some((one) => one.type === 'stage.hand_over')")
    karim, bo = ({"participant": recorded_room.participant(name)} for name in (KARIM, "Bo Chen"))
    assert commands(page, "stage.name_cohost") == [karim]
    assert commands(page, "stage.take_role") == [bo]
    assert commands(page, "stage.hand_over") == [bo]


def test_ending_can_hand_the_room_over_instead(open_room: Any) -> None:
    page = open_room("host")
    page.evaluate("addEventListener('pagehide', () => sessionStorage.setItem('sent', JSON.stringify(recorded.sent)))")
    press(page, "End", "[data-view=exit]")
    press(page, "Hand over to Bo Chen")
    page.wait_for_url(lambda url: "/rooms/" not in url)
    told = page.evaluate("JSON.parse(sessionStorage.getItem('sent'))")
    given = {"type": "stage.hand_over", "data": {"participant": recorded_room.participant("Bo Chen")}}
    assert [one["type"] for one in told[-2:]] == ["stage.hand_over", "leave"]
    assert given in told


def test_a_blocked_voice_is_announced_and_muted_for_oneself(open_room: Any) -> None:
    page = open_room("listener")
    karim = {"participant": recorded_room.participant(KARIM), "person": recorded_room.person(KARIM)}
    page.evaluate("karim => recorded.say('warning.blocked_speaker', karim, false)", karim)
    notice(page, "Karim Bensaïd, whom you blocked, is on stage.")
    tile = page.locator(f".person[data-person='{karim['person']['id']}']")
    expect(tile.locator(".person-role")).to_have_text("Blocked")
    press(page, "Mute for me", "[data-view=notice]")
    until(page, "recorded.sent.some((one) => one.type === 'person.mute_for_me')")
    page.evaluate(
        "id => recorded.say('you.changed', {you: {...recorded.snapshot.you, silenced: [id]}}, false)",
        karim["person"]["id"],
    )
    expect(page.locator("[data-view=notice]")).not_to_contain_text("whom you blocked")
    # A mix of one's own comes by a peer connection alone.
    until(page, "recorded.sent.some((one) => one.type === 'media.offer')")
    until(page, "window.spacesRoom.source === 'peer'")
    choose(page, KARIM, "Hear again")
    until(page, "recorded.sent.some((one) => one.type === 'person.unmute_for_me')")


def test_raid_mode_is_set_and_the_door_answered(open_room: Any) -> None:
    page = open_room("host")
    page.locator(".seg a[href='#settings']").click()
    page.locator("#raid-age").select_option("24")
    page.locator("form", has=page.locator("#raid-age")).get_by_text("I let people in").click()
    press(page, "Apply", "[aria-labelledby=raid]")
    until(page, "recorded.sent.some((one) => one.type === 'entry.set')")
    assert commands(page, "entry.set") == [{"age_hours": 24, "followers": False, "approval": True}]
    page.evaluate("person => recorded.say('knock.heard', {person}, false)", recorded_room.person("Farid"))
    page.evaluate("person => recorded.say('knock.heard', {person}, false)", recorded_room.person("Jo"))
    page.locator(".seg a[href='#queue']").click()
    press(page, "Let in Farid", "[aria-labelledby=at-door]")
    press(page, "Do not let in: Jo", "[aria-labelledby=at-door]")
    until(page, "recorded.sent.some((one) => one.type === 'knock.refuse')")
    assert commands(page, "knock.admit") == [{"person": recorded_room.person("Farid")["id"]}]
    assert commands(page, "knock.refuse") == [{"person": recorded_room.person("Jo")["id"]}]
    for name, state in (("Farid", "admitted"), ("Jo", "refused")):
        page.evaluate(
            "told => recorded.say('knock.answered', told, false)",
            {"person": recorded_room.person(name)["id"], "state": state},
        )
    expect(page.locator("[aria-labelledby=at-door]")).to_have_count(0)


def test_who_waits_at_the_door_is_seen_and_heard_wherever_the_host_is(open_room: Any) -> None:
    page = open_room("host", width=390)
    page.locator(".seg a[href='#settings']").click()
    for name in ("Farid", "Jo"):
        page.evaluate("person => recorded.say('knock.heard', {person}, false)", recorded_room.person(name))
    expect(page.locator(".seg a[href='#queue']")).to_have_text("Queue 5")
    expect(page.locator("#announcer")).to_contain_text("2 people ask to come in.")
    press(page, "Let in Farid", "[data-view=next]")
    answered = {"person": recorded_room.person("Farid")["id"], "state": "admitted"}
    page.evaluate("answered => recorded.say('knock.answered', answered, false)", answered)
    expect(page.locator("[data-view=next]")).to_contain_text("Jo")
    assert commands(page, "knock.admit") == [{"person": answered["person"]}]
    assert page.evaluate("document.activeElement !== document.body")


def test_inviting_keeps_focus_on_the_row_and_says_why_nobody_is_found(open_room: Any) -> None:
    page = open_room("host")
    found: list[dict[str, Any]] = []
    page.route("**/api/v1/me/invitable/**", lambda route: route.fulfill(json={"data": found}))
    made = {"GET": {"data": [], "meta": {}}, "POST": {"data": {"id": "1"}}}
    page.route("**/rooms/*/invitations/**", lambda route: route.fulfill(json=made[route.request.method]))
    page.locator(".seg a[href='#people']").click()
    press(page, "Invite people", ".audience")
    expect(page.locator("dialog[open]")).to_contain_text("Nobody follows you yet.")
    page.locator("#invite-q").fill("zoe")
    expect(page.locator("dialog[open]")).to_contain_text("None of your followers has that name.")
    found.append(recorded_room.person(EVA))
    page.locator("#invite-q").fill("eva")
    press(page, f"To speak {EVA}")
    expect(page.locator("dialog[open] li").get_by_role("button", name=f"Withdraw {EVA}")).to_be_focused()


def test_a_report_names_what_happens_and_whom_it_concerns(open_room: Any) -> None:
    page = open_room("listener", width=390)
    choose(page, KARIM, "Report")
    expect(page.locator("dialog[open] h2")).to_have_text("Report Karim Bensaïd")
    safe(page)
    press(page, "Send the report")
    expect(page.locator("dialog[open] [role=alert]")).to_have_text("Choose what is happening.")
    expect(page.locator("dialog[open] [role=alert]")).to_be_in_viewport()
    assert not commands(page, "report.send")
    page.locator("dialog[open]").get_by_role("radio", name="Self-harm or suicide").check()
    expect(page.locator("dialog[open]")).to_contain_text("3114")
    page.locator("dialog[open]").get_by_role("radio", name="Someone", exact=True).check()
    page.locator("#report-details").fill("He says goodbye.")
    press(page, "Send the report")
    expect(page.locator("dialog[open]")).to_contain_text("We answer within 24 h")
    told = commands(page, "report.send")[0]
    assert told.pop("at")
    assert told == {
        "category": "self_harm",
        "concerns": "someone",
        "details": "He says goodbye.",
        "keep_sound": True,
        "participant": recorded_room.participant(KARIM),
    }
    press(page, "Mute for me")
    until(page, "recorded.sent.some((one) => one.type === 'person.mute_for_me')")


def test_the_room_itself_is_reported_from_its_head(open_room: Any) -> None:
    page = open_room("speaker")
    page.get_by_role("link", name="Report this room").click()
    page.locator("dialog[open]").get_by_role("radio", name="Spam or scam").check()
    press(page, "Send the report")
    expect(page.locator("dialog[open]")).to_contain_text("Report sent")
    assert commands(page, "report.send")[0]["participant"] is None


def test_an_invitation_waits_until_it_is_answered(open_room: Any) -> None:
    page = open_room("listener")
    page.evaluate("recorded.say('you.changed', {you: {...recorded.snapshot.you, invited: 'speak'}}, false)")
    notice(page, "You are invited to speak.")
    expect(page.locator("[data-tool=mic]")).to_contain_text("Join as speaker")
    press(page, "Not now", "[data-view=notice]")
    until(page, "recorded.sent.some((one) => one.type === 'stage.decline')")


def test_the_host_changes_what_the_room_is_about_while_it_is_live(open_room: Any) -> None:
    page = open_room("host")
    page.locator(".seg a[href='#settings']").click()
    expect(page.get_by_label("Description")).to_have_value("Bring your questions.")
    page.get_by_label("Description").fill("Bring tea.")
    page.get_by_label("Topics").fill("Django, sea")
    page.get_by_label("Language spoken").select_option("fr")
    # A redraw in between takes nothing away from what is being typed.
    told = {"listener_count": 9, "hidden_count": 0, "listeners": []}
    page.evaluate("told => recorded.say('count.changed', told, false)", told)
    expect(page.locator("[data-view=count]")).to_contain_text("9")
    press(page, "Save", "[aria-labelledby=settings]")
    notice(page, "Saved.")
    room = Room.objects.live().get(creator__handle="ana")
    assert (room.description, room.topics, room.language) == ("Bring tea.", ["django", "sea"], "fr")
    told = {"description": room.description, "topics": room.topics, "lang": room.language}
    page.evaluate("room => recorded.say('state.changed', {room})", told)
    expect(page.locator("h1")).to_have_attribute("lang", "fr")
    expect(page.locator(".caps-lang")).to_have_text("Français")
    expect(page.get_by_label("Topics")).to_have_value("django, sea")


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_questions_look_right_and_hide_nothing(
    open_room: Any, axe: Any, shot: Any, language: str, theme: str, width: int
) -> None:
    page = open_room("host", language=language, theme=theme, width=width)
    suffix = f"{language}-{theme}-{width}"
    page.locator(".onstage .panel-head .btn").click()
    look(page, axe, shot, f"room-mute-all-{suffix}")
    page.keyboard.press("Escape")
    for row in ("remove", "block"):
        page.locator(f".person[data-person='{recorded_room.person(KARIM)['id']}']").click()
        look(page, axe, shot, f"room-person-{suffix}")
        page.locator(f"dialog[open] .menu [data-choice={row}]").click()
        look(page, axe, shot, f"room-{row}-{suffix}")
        page.keyboard.press("Escape")
    page.locator("a[data-report]").click()
    page.locator("dialog[open] #report-details").wait_for()
    look(page, axe, shot, f"room-report-{suffix}")
    page.keyboard.press("Escape")
    page.locator(".seg a[href='#settings']").click()
    page.locator(".queue [aria-haspopup=dialog]").click()
    page.locator("dialog[open] .dialog-actions").wait_for()
    look(page, axe, shot, f"room-removed-{suffix}")
    page.keyboard.press("Escape")
    page.locator(".seg a[href='#people']").click()
    page.locator(".audience .actions .btn").click()
    page.locator("dialog[open] #invite-q").wait_for()
    look(page, axe, shot, f"room-invite-{suffix}")
