"""What a new account is called."""

import pytest

from accounts.services.signup import free_handles
from tests.rooms.cast import person

pytestmark = pytest.mark.django_db


def test_names_that_are_free_keep_the_letters_under_accents() -> None:
    person("gaspard_d")
    assert free_handles(wish="gaspard", name="Gaspard Dupré") == ["gasparddupre", "gaspard_live"]
