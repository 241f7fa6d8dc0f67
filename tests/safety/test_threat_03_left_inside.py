"""Whoever is shut out and was left inside, because a process died in between, is put out all the same."""

from collections.abc import Callable

import pytest

from accounts.models import Block, User
from rooms.models import Removal
from rooms.tasks import put_out_shut_out
from tests.rooms.cast import NOW, Cast, full_cast

pytestmark = pytest.mark.django_db

#: What is written by itself, as by a process that dies right after its commit: nobody is told, nobody is put out.
SHUT_OUT: dict[str, Callable[[Cast, User], object]] = {
    "blocked": lambda cast, who: Block.objects.create(blocker=cast.host, blocked=who, created_at=NOW),
    "removed": lambda cast, who: Removal.objects.create(room=cast.room, person=who, by=cast.host, removed_at=NOW),
    "suspended": lambda cast, who: User.objects.filter(pk=who.pk).update(is_active=False),
}


@pytest.mark.parametrize("how", SHUT_OUT)
@pytest.mark.parametrize("whom", ["speaker", "listener"])
def test_threat_03_f17_a_death_between_the_commit_and_its_word_leaves_nobody_inside(how: str, whom: str) -> None:
    cast = full_cast()
    SHUT_OUT[how](cast, getattr(cast, whom))
    for _twice in range(2):
        put_out_shut_out()
        place = getattr(cast, f"{whom}_place")
        assert (place.left_at is not None, place.role, place.muted) == (True, "LISTENER", True)
    for other in {"host_place", "speaker_place", "listener_place"} - {f"{whom}_place"}:
        assert getattr(cast, other).left_at is None


def test_a_block_by_somebody_else_and_an_undone_removal_put_nobody_out() -> None:
    cast = full_cast()
    Block.objects.create(blocker=cast.speaker, blocked=cast.listener, created_at=NOW)
    Removal.objects.create(room=cast.room, person=cast.listener, by=cast.host, removed_at=NOW, undone_at=NOW)
    put_out_shut_out()
    assert cast.listener_place.left_at is None
