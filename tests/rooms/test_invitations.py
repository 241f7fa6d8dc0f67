"""Asking people in: it stands until answered, leads round the queue, and never round a block."""

from collections.abc import Callable
from typing import Any

import pytest
from limits import RateLimitItemPerMinute

from accounts.services import blocks, follows
from rooms import refusals, stage_rules
from rooms.models import Invitation, InvitationState, Role, SpeakRequest
from rooms.queries import cards
from rooms.queries import invitations as lists
from rooms.services import (
    catching_up,
    entry,
    hands,
    hosts,
    invitations,
    lifecycle,
    media,
    pace,
    playback,
    removals,
    stage,
)
from rooms.services.invitations import CannotInvite, NoSuchInvitation
from tests.rooms.cast import NOW, Cast, come_in, later, person, place_of

pytestmark = pytest.mark.django_db


def invite(cast: Cast, who: Any, kind: str = "SPEAK") -> Any:
    return invitations.invite(actor=cast.host, room_id=cast.room.pk, person_id=who.pk, kind=kind, now=NOW)


def test_an_invited_speaker_need_not_queue(cast: Cast) -> None:
    invite(cast, cast.stranger)
    place = come_in(cast.stranger, cast.room, now=later(3600))
    you = cards.you(room=cast.room, place=place)
    assert (you.invited, "stage.take" in you.can, "hand.raise" in you.can) == ("speak", True, False)
    stage.take_offer(actor=cast.stranger, room_id=cast.room.pk, now=later(3601))
    place = place_of(cast.stranger, cast.room)
    assert (place.role, place.muted) == (Role.SPEAKER, True)
    assert Invitation.objects.get().state == InvitationState.ACCEPTED


def test_who_is_asked_to_speak_may_connect_a_microphone_before_coming_up(cast: Cast) -> None:
    def grant() -> str:
        mine = {"person_id": cast.listener.pk, "device": cast.listener_place.device}
        return playback.speak_grant(room_id=cast.room.pk, now=NOW, **mine)

    asked = invite(cast, cast.listener, "LISTEN")
    with pytest.raises(playback.NotOnStage):
        grant()
    assert (invite(cast, cast.listener), bool(grant())) == (asked, True)
    seats = media.read_stages(room_ids=[str(cast.room.pk)], now=NOW)[str(cast.room.pk)].seats
    assert {seat.participant_id: seat.on_stage for seat in seats}[str(cast.listener_place.pk)] is False
    stage.decline_offer(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    with pytest.raises(playback.NotOnStage):
        grant()


def test_who_is_inside_says_yes_and_is_on_stage(cast: Cast) -> None:
    asked = invite(cast, cast.listener)
    invitations.accept(actor=cast.listener, room_id=cast.room.pk, invitation_id=asked, now=later(1))
    assert cast.listener_place.role == Role.SPEAKER


@pytest.mark.parametrize("by_command", [True, False])
def test_a_hand_that_was_up_is_down_once_its_owner_comes_up_by_an_invitation(cast: Cast, by_command: bool) -> None:
    hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    asked = invite(cast, cast.listener)
    if by_command:
        stage.take_offer(actor=cast.listener, room_id=cast.room.pk, now=later(1))
    else:
        invitations.accept(actor=cast.listener, room_id=cast.room.pk, invitation_id=asked, now=later(1))
    assert cast.listener_place.role == Role.SPEAKER
    assert not SpeakRequest.objects.open().filter(participant=cast.listener_place).exists()


def test_who_was_asked_to_listen_still_asks_to_speak(cast: Cast) -> None:
    asked = invite(cast, cast.listener, "LISTEN")
    invitations.accept(actor=cast.listener, room_id=cast.room.pk, invitation_id=asked, now=later(1))
    assert cast.listener_place.role == Role.LISTENER
    with pytest.raises(stage_rules.NoOffer):
        stage.take_offer(actor=cast.listener, room_id=cast.room.pk, now=later(2))


def test_asking_twice_is_once_and_speak_wins_over_listen(cast: Cast) -> None:
    first = invite(cast, cast.stranger, "LISTEN")
    assert invite(cast, cast.stranger, "SPEAK") == first
    assert invite(cast, cast.stranger, "LISTEN") == first
    assert Invitation.objects.get().kind == "SPEAK"


def test_declined_is_over_and_may_be_asked_again(cast: Cast) -> None:
    asked = invite(cast, cast.listener)
    invitations.decline(actor=cast.listener, room_id=cast.room.pk, invitation_id=asked, now=later(1))
    with pytest.raises(NoSuchInvitation):
        invitations.accept(actor=cast.listener, room_id=cast.room.pk, invitation_id=asked, now=later(2))
    assert invite(cast, cast.listener) != asked
    told, _next = catching_up.invited_people(actor=cast.host, room_id=cast.room.pk)
    assert {one.state for one in told} == {"open", "declined"}


@pytest.mark.parametrize("ended_by", ["withdrawn", "demoted"])
def test_an_ended_invitation_leads_nowhere(cast: Cast, ended_by: str) -> None:
    asked = invite(cast, cast.listener)
    arguments: dict[str, Any] = {"actor": cast.host, "room_id": cast.room.pk, "now": later(2)}
    if ended_by == "withdrawn":
        invitations.withdraw(invitation_id=asked, **arguments)
    else:
        stage.take_offer(actor=cast.listener, room_id=cast.room.pk, now=later(1))
        stage.demote(participant_id=cast.listener_place.pk, **arguments)
    with pytest.raises(stage_rules.NoOffer):
        stage.take_offer(actor=cast.listener, room_id=cast.room.pk, now=later(3))


def test_a_full_stage_is_full_for_invited_people_too(cast: Cast) -> None:
    cast.room.stage_limit = 2
    cast.room.save(update_fields=["stage_limit"])
    asked = invite(cast, cast.listener)
    for act in (
        lambda: stage.take_offer(actor=cast.listener, room_id=cast.room.pk, now=NOW),
        lambda: invitations.accept(actor=cast.listener, room_id=cast.room.pk, invitation_id=asked, now=NOW),
    ):
        with pytest.raises(stage_rules.StageFull):
            act()
    assert Invitation.objects.get().state == InvitationState.OPEN


def _blocked_by_creator(cast: Cast) -> None:
    blocks.block_person(actor=cast.host, person_id=cast.stranger.pk, now=NOW)


def _blocks_creator(cast: Cast) -> None:
    blocks.block_person(actor=cast.stranger, person_id=cast.host.pk, now=NOW)


def _removed(cast: Cast) -> None:
    come_in(cast.stranger, cast.room)
    place = place_of(cast.stranger, cast.room)
    removals.remove_person(actor=cast.host, room_id=cast.room.pk, participant_id=place.pk, now=NOW)


@pytest.mark.parametrize("shut", [_blocked_by_creator, _blocks_creator, _removed])
def test_no_invitation_and_no_link_leads_round_a_block(cast: Cast, shut: Callable[[Cast], None]) -> None:
    link = invitations.make_link(actor=cast.host, room_id=cast.room.pk, kind="SPEAK", now=NOW)
    shut(cast)
    with pytest.raises(CannotInvite):
        invite(cast, cast.stranger)
    with pytest.raises(refusals.NoSuchRoom if shut is _blocked_by_creator else NoSuchInvitation):
        invitations.use_link(actor=cast.stranger, room_id=cast.room.pk, key=link.key, now=NOW)


def test_a_block_after_the_invitation_shuts_it(cast: Cast) -> None:
    asked = invite(cast, cast.stranger)
    _blocked_by_creator(cast)
    assert lists.invitations_of(person=cast.stranger) == ([], None)
    with pytest.raises(refusals.NoSuchRoom):
        invitations.accept(actor=cast.stranger, room_id=cast.room.pk, invitation_id=asked, now=NOW)


def test_nobody_but_hosts_invites_and_guests_are_not_invited(cast: Cast) -> None:
    with pytest.raises(stage_rules.NotAHost):
        invitations.invite(actor=cast.speaker, room_id=cast.room.pk, person_id=cast.stranger.pk, kind="LISTEN", now=NOW)
    with pytest.raises(CannotInvite):
        invite(cast, cast.guest)


def test_a_link_brings_so_many_and_is_withdrawn(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "LINK_USES", 1)
    link = invitations.make_link(actor=cast.host, room_id=cast.room.pk, kind="SPEAK", now=NOW)
    use: dict[str, Any] = {"room_id": cast.room.pk, "key": link.key, "now": NOW}
    first = invitations.use_link(actor=cast.stranger, **use)
    assert invitations.use_link(actor=cast.stranger, **use) == first
    with pytest.raises(NoSuchInvitation):
        invitations.use_link(actor=cast.listener, **use)
    other = invitations.make_link(actor=cast.host, room_id=cast.room.pk, kind="SPEAK", now=NOW)
    assert invitations.withdraw_links(actor=cast.host, room_id=cast.room.pk, now=NOW) == 2
    with pytest.raises(NoSuchInvitation):
        invitations.use_link(actor=cast.listener, room_id=cast.room.pk, key=other.key, now=NOW)
    assert lists.invitations_of(person=cast.stranger)[0][0].kind == "speak"


def test_a_link_does_not_serve_whom_a_host_has_turned_away(cast: Cast) -> None:
    link = invitations.make_link(actor=cast.host, room_id=cast.room.pk, kind="SPEAK", now=NOW)
    use: dict[str, Any] = {"actor": cast.listener, "room_id": cast.room.pk, "key": link.key}
    invitations.use_link(now=NOW, **use)
    stage.take_offer(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    stage.demote(actor=cast.host, room_id=cast.room.pk, participant_id=cast.listener_place.pk, now=later(1))
    with pytest.raises(NoSuchInvitation):
        invitations.use_link(now=later(2), **use)
    again = invitations.invite(
        actor=cast.host, room_id=cast.room.pk, person_id=cast.listener.pk, kind="SPEAK", now=later(3)
    )
    assert invitations.use_link(now=later(4), **use) == again


@pytest.mark.parametrize("how", ["removed", "role taken", "left"])
def test_a_cohosts_link_ends_with_the_role(cast: Cast, how: str) -> None:
    place = cast.speaker_place
    at: dict[str, Any] = {"actor": cast.host, "room_id": cast.room.pk, "now": NOW}
    hosts.name_cohost(participant_id=place.pk, **at)
    link = invitations.make_link(actor=cast.speaker, room_id=cast.room.pk, kind="SPEAK", now=NOW)
    invitations.use_link(actor=cast.listener, room_id=cast.room.pk, key=link.key, now=NOW)
    if how == "removed":
        removals.remove_person(participant_id=place.pk, **at)
    elif how == "role taken":
        hosts.take_role(participant_id=place.pk, **at)
    else:
        entry.leave_room(actor=cast.speaker, room_id=cast.room.pk, now=NOW)
    with pytest.raises(NoSuchInvitation):
        invitations.use_link(actor=cast.stranger, room_id=cast.room.pk, key=link.key, now=later(1))


def test_one_person_neither_uses_a_link_up_nor_the_hosts_pace(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "LINK_USES", 2)
    monkeypatch.setattr(pace, "INVITATIONS", pace.Pace("invite", (RateLimitItemPerMinute(3),)))
    link = invitations.make_link(actor=cast.host, room_id=cast.room.pk, kind="SPEAK", now=NOW)
    use: dict[str, Any] = {"room_id": cast.room.pk, "key": link.key}
    for seconds in range(3):
        asked = invitations.use_link(actor=cast.listener, now=later(seconds), **use)
        invitations.decline(actor=cast.listener, room_id=cast.room.pk, invitation_id=asked, now=later(seconds))
    with pytest.raises(pace.SlowDown):
        invitations.use_link(actor=cast.listener, now=later(3), **use)
    assert invitations.use_link(actor=cast.stranger, now=later(4), **use)
    assert invite(cast, person("friend"))


def test_guests_use_no_link(cast: Cast) -> None:
    link = invitations.make_link(actor=cast.host, room_id=cast.room.pk, kind="LISTEN", now=NOW)
    with pytest.raises(stage_rules.GuestsOnlyListen):
        invitations.use_link(actor=cast.guest, room_id=cast.room.pk, key=link.key, now=NOW)


def test_a_scheduled_room_is_filled_beforehand(cast: Cast) -> None:
    room = lifecycle.schedule_room(creator=cast.host, title="Tomorrow at noon", scheduled_start=later(86_400), now=NOW)
    invitations.invite(actor=cast.host, room_id=room.pk, person_id=cast.stranger.pk, kind="SPEAK", now=NOW)
    assert [one.room_id for one in lists.invitations_of(person=cast.stranger)[0]] == [str(room.pk)]


def test_followers_are_found_by_name_and_estranged_ones_are_not(cast: Cast) -> None:
    for handle in ("amelie", "amir", "zoe"):
        follows.follow(actor=person(handle), person_id=cast.host.pk, now=NOW)
    amir = type(cast.host).objects.get(handle="amir")
    assert [one.handle for one in lists.invitable(person=cast.host, query="am")] == ["amelie", "amir"]
    blocks.block_person(actor=amir, person_id=cast.host.pk, now=NOW)
    assert [one.handle for one in lists.invitable(person=cast.host, query="@am")] == ["amelie"]
