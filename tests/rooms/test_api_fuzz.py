"""Schemathesis over every operation, as a host, a listener and nobody: never a 5xx, always as the schema says."""

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from accounts.services import devices
from tests.rooms.cast import Cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fuzz]

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
EXAMPLES = 6

schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application())
# The coverage phase sends hundreds of cases an operation: more than a minute has room for.
schema.config.phases.coverage.enabled = False
# Without a media node WHIP rightly says 503; test_api_conventions asks it.
ours = schema.include(path_regex=r"^/api/v1/(rooms|me/hosting)").exclude(operation_id="publishSound")


def bearer(person: object) -> dict[str, str]:
    _token, secret = devices.issue_token(person=person, name="fuzz", now=timezone.now())  # type: ignore[arg-type]
    return {"Authorization": f"Bearer {secret}"}


@ours.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_answer_is_a_server_error(case: schemathesis.Case, transactional_cast: Cast) -> None:
    cast = transactional_cast
    # Made-up ids all end at the same 404: the real room is where something can break.
    known = {"room_id": str(cast.room.pk), "participant_id": str(cast.speaker_place.pk)}
    case.path_parameters |= {name: known[name] for name in case.path_parameters if name in known}
    for headers in (bearer(cast.host), bearer(cast.listener), {}):
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS)
