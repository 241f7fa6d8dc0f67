"""The admin of people: who gets in, what it may change, and that it goes through the services."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import DeviceToken, Follow, Hosting, Post, User
from accounts.services import blocks, devices, posts, suspension
from accounts.services.wording import Draft
from moderation.models import AuditEntry
from tests.accounts.conftest import PASSWORD, MakePerson

SignIn = Callable[[User], Client]
PEOPLE = "/admin/accounts/user/"


def act(browser: Client, action: str, *people: User, **more: Any) -> Any:
    return browser.post(
        PEOPLE, {"action": action, "_selected_action": [str(one.pk) for one in people], **more}, follow=True
    )


def test_visitors_sign_in_through_the_site(client: Client, db: None) -> None:
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_guest_is_asked_to_sign_in_first(as_person: SignIn, guest: User) -> None:
    assert as_person(guest).get("/admin/")["Location"] == "/accounts/login/?next=/admin/"


def test_people_do_not_get_in(as_person: SignIn, ana: User) -> None:
    assert as_person(ana).get(PEOPLE, follow=True).status_code == 403


def test_threat_25_in_production_staff_need_a_second_factor(as_person: SignIn, staff: User, settings: Any) -> None:
    settings.STAFF_NEED_TOTP = True
    browser = as_person(staff)
    assert browser.get(PEOPLE)["Location"] == "/accounts/2fa/totp/activate/"
    TOTP.activate(staff, generate_totp_secret())
    assert browser.get(PEOPLE).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        f"accounts/{model}/"
        for model in ("user", "follow", "devicetoken", "post", "notification", "delivery", "pushdevice")
    ],
)
def test_lists_open_and_search(as_person: SignIn, staff: User, ana: User, path: str) -> None:
    browser = as_person(staff)
    assert browser.get(f"/admin/{path}", {"q": "ana"}).status_code == 200
    assert browser.get(f"/admin/{path}add/").status_code == 403


def test_staff_see_who_blocked_whom_and_change_nothing(
    as_person: SignIn, staff: User, ana: User, django_assert_max_num_queries: Any
) -> None:
    trolls = [User.objects.create(handle=f"troll_{number}") for number in range(5)]
    for troll in trolls:
        blocks.block_person(actor=ana, person_id=troll.pk, now=ana.created_at)
    browser = as_person(staff)
    with django_assert_max_num_queries(20):
        page = browser.get(f"{PEOPLE}{ana.pk}/change/").content.decode()
    assert [troll.handle for troll in trolls if f"@{troll.handle}" not in page] == []
    assert "@ana" in browser.get(f"{PEOPLE}{trolls[0].pk}/change/").content.decode()
    assert ('name="blocking-0-DELETE"' in page, 'name="blocking-0-blocked"' in page) == (False, False)


def test_person_page_shows_no_secret(as_person: SignIn, staff: User, ana: User) -> None:
    page = as_person(staff).get(f"{PEOPLE}{ana.pk}/change/").content.decode()
    assert ana.password not in page
    assert "@ana" in page or 'value="ana"' in page


def test_editing_a_name_leaves_counts_alone(as_person: SignIn, staff: User, ana: User) -> None:
    browser = as_person(staff)
    page = browser.get(f"{PEOPLE}{ana.pk}/change/")
    form = {name: value or "" for name, value in page.context["adminform"].form.initial.items() if name != "groups"}
    lists = [one.formset.prefix for one in page.context["inline_admin_formsets"]]
    form |= {f"{prefix}-{which}_FORMS": "0" for prefix in lists for which in ("TOTAL", "INITIAL")}
    User.objects.filter(pk=ana.pk).update(follower_count=7)
    posted = {**form, "display_name": "Ana M.", "is_staff": "", "is_superuser": "", "is_verified": "on"}
    answer = browser.post(f"{PEOPLE}{ana.pk}/change/", posted)
    assert answer.status_code == 302, answer.context["adminform"].errors
    ana.refresh_from_db()
    assert (ana.display_name, ana.is_verified, ana.follower_count) == ("Ana M.", True, 7)


def test_suspension_ends_sessions_and_apps(as_person: SignIn, staff: User, ana: User) -> None:
    browser, app = as_person(ana), devices.issue_token(person=ana, name="Phone", now=ana.created_at)
    browser.get("/settings/")
    suspension.suspend(actor=staff, person=ana)
    ana.refresh_from_db()
    assert ana.is_active is False
    assert not DeviceToken.objects.filter(pk=app[0].pk).exists()
    assert browser.get("/settings/").status_code == 302
    assert browser.post("/accounts/login/", {"login": "ana", "password": PASSWORD})["Location"] == "/accounts/inactive/"
    suspension.unsuspend(actor=staff, person=ana)
    ana.refresh_from_db()
    assert ana.is_active is True


def test_nobody_is_suspended_from_the_list_of_people(as_person: SignIn, staff: User, ana: User) -> None:
    for name in ("suspend", "unsuspend"):
        act(as_person(staff), name, ana)
    ana.refresh_from_db()
    assert ana.is_active


def test_a_suspension_ends_by_itself(staff: User, ana: User) -> None:
    until = timezone.now() + timedelta(days=7)
    suspension.suspend(actor=staff, person=ana, until=until)
    assert suspension.end_suspensions(now=until - timedelta(seconds=1)) == 0
    assert [suspension.end_suspensions(now=until) for _ in range(2)] == [1, 0]
    ana.refresh_from_db()
    assert (ana.is_active, ana.suspended_until) == (True, None)


def test_staff_cannot_suspend_themselves(staff: User) -> None:
    with pytest.raises(suspension.CannotSuspend):
        suspension.suspend(actor=staff, person=staff)


def test_hosting_is_granted_with_a_reason(as_person: SignIn, staff: User, ana: User) -> None:
    browser = as_person(staff)
    assert "decision" in act(browser, "decide_hosting", ana).content.decode()
    refused = act(browser, "decide_hosting", ana, decision="GRANTED", note="").content.decode()
    assert "Write down why" in refused
    act(browser, "decide_hosting", ana, decision="GRANTED", note="Runs the pilot")
    ana.refresh_from_db()
    assert (ana.hosting, ana.hosting_note) == (Hosting.GRANTED, "Runs the pilot")
    assert "Runs the pilot" in LogEntry.objects.get(object_id=str(ana.pk)).change_message


def test_helpers_without_rights_make_no_staff(as_person: SignIn, make_person: MakePerson, ana: User) -> None:
    from django.contrib.auth.models import Permission

    helper = make_person("helper_1", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    page = as_person(helper).get(f"{PEOPLE}{ana.pk}/change/")
    assert "is_superuser" not in page.context["adminform"].form.fields


def test_recount_command(ana: User, capsys: Any) -> None:
    User.objects.filter(pk=ana.pk).update(follower_count=5)
    call_command("recount_followers")
    assert "1 people corrected" in capsys.readouterr().out
    assert Follow.objects.count() == 0


@pytest.mark.parametrize(
    "asked",
    [
        f"{PEOPLE}?password__startswith=md5",
        f"{PEOPLE}?password__regex=.",
        "/admin/accounts/devicetoken/?token_hash__gt=a",
    ],
)
def test_no_list_tells_a_secret_letter_by_letter(as_person: SignIn, staff: User, asked: str) -> None:
    answer = as_person(staff).get(asked)
    assert answer.status_code == 400
    assert as_person(staff).get(f"{PEOPLE}?handle__startswith=a").status_code == 200


def test_posts_are_deleted_with_a_reason_alone(as_person: SignIn, staff: User, ana: User) -> None:
    post_id = posts.publish(actor=ana, draft=Draft("Buy my coins"), now=timezone.now())
    browser, path = as_person(staff), "/admin/accounts/post/"
    chosen = {"action": "delete_posts", "_selected_action": [str(post_id)]}
    asked = browser.post(path, chosen, follow=True).content.decode()
    assert "Buy my coins" in asked
    assert Post.objects.exists()
    browser.post(path, {**chosen, "why": ""})
    assert Post.objects.exists()
    assert "Deleted." in browser.post(path, {**chosen, "why": "Spam"}, follow=True).content.decode()
    assert not Post.objects.exists()
    assert AuditEntry.objects.get(act="post.deleted").why == "Spam"
    assert browser.post(f"{path}{post_id}/delete/").status_code in (302, 403)


def test_messages_are_in_no_page_of_the_admin(as_person: SignIn, staff: User) -> None:
    for model in ("message", "conversation", "conversationside"):
        assert as_person(staff).get(f"/admin/accounts/{model}/").status_code == 404
