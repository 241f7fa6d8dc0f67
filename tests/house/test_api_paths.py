"""Client developers write paths with or without a slash at the end."""

import pytest


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/rooms/live", "/api/v1/rooms/live/"])
def test_a_path_answers_with_and_without_its_slash(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.django_db
def test_a_body_is_not_lost_on_the_way(client):
    answer = client.post("/api/v1/sessions", {"login": "nobody"}, content_type="application/json")
    assert answer.status_code in {400, 401}
    assert answer.json()["code"]
