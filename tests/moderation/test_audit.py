"""The audit log: what staff do is in it, and nobody takes it out again."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import DatabaseError, connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Hosting, User
from accounts.services import hosting, suspension, switches
from moderation import receivers
from moderation.models import Act, AuditEntry
from moderation.queries.audit import csv_lines, safe_cell
from moderation.services import audit
from rooms.services import hosting_policy, lifecycle
from tests.rooms.cast import NOW, Cast

pytestmark = pytest.mark.django_db
LOG = "/admin/moderation/auditentry/"
SignIn = Callable[[User], Client]


@pytest.fixture
def entry(warden: User) -> AuditEntry:
    return audit.record(actor=warden, act=Act.PERSON_EDITED, why="A test.", now=NOW)


TABLE = "moderation_auditentry"
WAYS = (f"UPDATE {TABLE} SET why = 'nothing'", f"DELETE FROM {TABLE}")
WAYS_OF = {
    "sqlite": (*WAYS, f"INSERT OR REPLACE INTO {TABLE} SELECT * FROM {TABLE}"),
    "postgresql": (*WAYS, f"TRUNCATE {TABLE}", f"UPDATE {TABLE} SET why = '' WHERE id = 0"),
}


def test_the_database_refuses_to_change_or_forget_what_was_done(entry: AuditEntry) -> None:
    for statement in WAYS_OF[connection.vendor]:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert AuditEntry.objects.get().why == "A test."


def test_accounts_and_rooms_go_and_what_was_done_to_them_stays(warden: User, cast: Cast) -> None:
    audit.record(actor=warden, act=Act.ROOM_ENDED, person=cast.guest, room=cast.room, now=NOW)
    name = str(cast.guest)
    cast.guest.delete()
    assert AuditEntry.objects.get().person_name == name


@pytest.mark.parametrize(("method", "path"), [("get", "add/"), ("post", "{pk}/change/"), ("post", "{pk}/delete/")])
def test_not_even_a_superuser_writes_here(
    browser_of: SignIn, warden: User, entry: AuditEntry, method: str, path: str
) -> None:
    browser = browser_of(warden)
    assert browser.get(LOG).status_code == 200
    assert getattr(browser, method)(LOG + path.format(pk=entry.pk), {"post": "yes", "why": "x"}).status_code == 403
    browser.post(LOG, {"action": "delete_selected", "_selected_action": [str(entry.pk)], "post": "yes"})
    assert AuditEntry.objects.get().why == "A test."


def acts_of_staff(warden: User, cast: Cast) -> list[tuple[str, Callable[[], object]]]:
    """What staff do below this app, and what it is called in the log."""
    person = cast.stranger
    return [
        ("hosting.decided", lambda: hosting.decide_hosting(
            actor=warden, person=person, decision=Hosting.GRANTED, note="Runs the pilot")),
        ("hosting.threshold", lambda: hosting_policy.set_followers_needed(actor=warden, followers_needed=50)),
        ("person.signed_out", lambda: suspension.sign_out(actor=warden, person=person)),
        ("person.suspended", lambda: suspension.suspend(actor=warden, person=person)),
        ("person.unsuspended", lambda: suspension.unsuspend(actor=warden, person=person)),
        ("site.switched", lambda: switches.set_switches(
            actor=warden, no_new_rooms=True, read_only=False, why="A raid")),
        ("room.ended", lambda: lifecycle.end_room(actor=warden, room_id=cast.room.pk, now=NOW)),
    ]  # fmt: skip


def test_every_act_of_staff_is_written_down(warden: User, cast: Cast) -> None:
    for act, do in acts_of_staff(warden, cast):
        do()
        written = AuditEntry.objects.latest("pk")
        assert (written.act, written.actor_name) == (act, "@warden")
    assert AuditEntry.objects.get(act="hosting.threshold").after == {"followers_needed": 50}
    assert AuditEntry.objects.get(act="hosting.decided").why == "Runs the pilot"
    assert AuditEntry.objects.get(act="room.ended").room_title == cast.room.title


def test_what_cannot_be_written_down_is_not_done(warden: User, cast: Cast, monkeypatch: Any) -> None:
    def broken(**facts: Any) -> None:
        raise DatabaseError("full")

    monkeypatch.setattr(receivers.audit, "record", broken)
    with pytest.raises(DatabaseError):
        suspension.suspend(actor=warden, person=cast.speaker)
    cast.speaker.refresh_from_db()
    assert cast.speaker.is_active


def test_an_edit_in_the_admin_is_written_down_with_before_and_after(
    browser_of: SignIn, warden: User, cast: Cast
) -> None:
    browser, path = browser_of(warden), f"/admin/accounts/user/{cast.stranger.pk}/change/"
    shown = browser.get(path).context
    posted = {name: value or "" for name, value in shown["adminform"].form.initial.items() if name != "groups"}
    lists = [one.formset.prefix for one in shown["inline_admin_formsets"]]
    posted |= {f"{prefix}-{which}_FORMS": "0" for prefix in lists for which in ("TOTAL", "INITIAL")}
    posted |= {"display_name": "Somebody", "is_staff": "", "is_superuser": "", "is_verified": ""}
    answer = browser.post(path, posted)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    written = AuditEntry.objects.get(act="person.edited")
    assert (written.before, written.after) == ({"display_name": "Stranger"}, {"display_name": "Somebody"})
    assert len(written.request_id) == 36


def test_an_act_is_traced_by_its_request_to_a_network_and_has_no_address_itself(
    browser_of: SignIn, warden: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        browser_of(warden).post("/admin/auth/group/add/", {"name": "helpers"}, REMOTE_ADDR="203.0.113.77")
    written = AuditEntry.objects.get(act="group.edited")
    lines = [line.msg for line in caplog.records if isinstance(line.msg, dict)]
    started = [line for line in lines if line.get("request_id") == written.request_id and "request" in line]
    assert started[0]["request"] == "POST /admin/auth/group/add/"
    assert {line["ip"] for line in started} == {"203.0.113.0/24"}
    assert "203.0.113" not in repr(AuditEntry.objects.filter(pk=written.pk).values())


def test_what_groups_may_do_is_written_down(browser_of: SignIn, warden: User) -> None:
    browser = browser_of(warden)
    browser.post("/admin/auth/group/add/", {"name": "helpers"})
    group = Group.objects.get()
    permission = Permission.objects.get(codename="view_case")
    browser.post(f"/admin/auth/group/{group.pk}/change/", {"name": "helpers", "permissions": [permission.pk]})
    browser.post(f"/admin/auth/group/{group.pk}/delete/", {"post": "yes"})
    told = [entry.after for entry in AuditEntry.objects.filter(act="group.edited").order_by("pk")]
    assert told == [{"group": "+ helpers"}, {"group": "helpers", "permissions": ["view_case"]}, {"group": "- helpers"}]


def test_threat_20_asvs_1_2_10_the_export_holds_what_is_filtered_and_no_formula(
    browser_of: SignIn, warden: User, entry: AuditEntry
) -> None:
    audit.record(actor=warden, act=Act.CASE_DECIDED, why="=HYPERLINK(1)", now=NOW)
    answer = browser_of(warden).get(f"{LOG}export/", {"act": "case.decided"})
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert [(row["act"], row["why"]) for row in rows] == [("case.decided", "'=HYPERLINK(1)")]
    taken = AuditEntry.objects.get(act="audit.exported")
    assert (taken.actor, taken.after["rows"]) == (warden, 1)


@given(st.text())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_threat_20_asvs_1_2_10_any_text_comes_back_and_no_cell_begins_a_formula(text: str) -> None:
    row = AuditEntry(at=NOW, act=Act.PERSON_EDITED, why=text.replace("\r", ""), actor_name=text[:50].replace("\r", ""))
    lines = io.StringIO("".join(csv_lines([row])), newline="")
    (read,) = list(csv.DictReader(lines))
    for name, written in (("why", row.why), ("by", row.actor_name)):
        assert not read[name].startswith(("=", "+", "-", "@", "\t", "\r"))
        assert read[name] == safe_cell(written)
        assert read[name].replace("'", "") == written.replace("'", "")
        for cell in re.split(r"[,;\t|\n]", read[name]):
            assert not cell.lstrip(' "').startswith(("=", "+", "-", "@"))


def test_asvs_1_2_10_no_cell_begins_where_a_french_spreadsheet_divides_lines(warden: User) -> None:
    row = AuditEntry(at=NOW, act=Act.PERSON_EDITED, why='Rude; =HYPERLINK("http://evil.example")', actor_name="a;@b")
    told = "".join(csv_lines([row]))
    cells = [cell.strip(' "') for cell in told.replace(",", ";").split(";")]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
