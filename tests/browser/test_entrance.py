"""From sign-up to two factors in a real browser: each page on the way is looked at as all others are."""

import re
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from playwright.sync_api import Page, expect

from tests.browser.pages import WALKED
from tests.browser.test_shell import look_at

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
PASSWORD = "a sentence works well"


def code_of(secret: str) -> str:
    """What an authenticator app shows now."""
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


class Walk:
    """Goes from page to page, looks at each once, and remembers which it was."""

    def __init__(self, page: Page, language: str, axe: Any, shot: Any) -> None:
        self.page, self.language, self.axe, self.shot = page, language, axe, shot
        self.seen: set[str] = set()

    def at(self, name: str, path: str) -> None:
        """We are on this page now: look at it."""
        expect(self.page).to_have_url(re.compile(re.escape(path)))
        assert self.page.locator("html").get_attribute("lang") == self.language
        look_at(self.page, self.axe, self.shot, f"{name}-{self.language}")
        self.seen.add(name)

    def send(self, **fields: str) -> None:
        """Fill the named fields of the page's form and press its button."""
        form = self.page.locator("main form").filter(has=self.page.locator(".btn-primary")).first
        for name, value in fields.items():
            form.locator(f"[name={name}]").fill(value)
        form.locator(".btn-primary").last.click()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_from_sign_up_to_two_factors(
    open_page: Any, axe: Any, shot: Any, settings: Any, language: str
) -> None:
    # A moment ago is long ago: each important page asks who it is.
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    page = open_page("/accounts/signup/", language=language)
    walk = Walk(page, language, axe, shot)
    walk.send(display_name="Maya Lindqvist", username="maya", email="maya@example.org", password1=PASSWORD)
    walk.at("account_email_verification_sent", "/accounts/confirm-email/")
    found = re.search(r"^ {4}(\S+)$", str(mail.outbox[0].body), re.MULTILINE)
    assert found
    walk.send(code=found[1])
    expect(page).to_have_url(re.compile(r"/$"))
    page.goto("/accounts/2fa/totp/activate/")
    walk.at("account_reauthenticate", "/accounts/reauthenticate/")
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
    walk.send(password=PASSWORD)
    walk.at("mfa_activate_totp", "/accounts/2fa/totp/activate/")
    walk.send(code=code_of(page.locator("#totp-key").input_value()))
    walk.at("mfa_view_recovery_codes", "/accounts/2fa/recovery-codes/")
    page.goto("/accounts/2fa/recovery-codes/generate/")
    walk.at("mfa_generate_recovery_codes", "/accounts/2fa/recovery-codes/generate/")
    page.goto("/accounts/2fa/totp/deactivate/")
    walk.at("mfa_deactivate_totp", "/accounts/2fa/totp/deactivate/")
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    page.goto("/accounts/2fa/reauthenticate/?next=/")
    walk.at("mfa_reauthenticate", "/accounts/2fa/reauthenticate/")
    page.goto("/accounts/logout/")
    page.locator("main form .btn-primary").click()
    page.goto("/accounts/login/")
    walk.send(login="maya", password=PASSWORD)
    walk.at("mfa_authenticate", "/accounts/2fa/authenticate/")
    assert walk.seen == WALKED
