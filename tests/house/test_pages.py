"""What refusals become on pages: the error table, told to people and to htmx."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from spaces_site.boundary import pages
from spaces_site.errors import DomainError, Kind

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def refuse(request: HttpRequest, kind: str) -> HttpResponse:
    """Raise a refusal of that kind."""
    refusal = type("Refusal", (DomainError,), {"kind": Kind[kind], "code": "test", "text": "Because."})
    raise refusal(retry_after=7.0)


def fall(request: HttpRequest) -> HttpResponse:
    """Break."""
    raise RuntimeError("broken on purpose")


urlpatterns = [path("refuse/<kind>/", refuse), path("fall/", fall), path("", include("spaces_site.urls"))]
handler400, handler403 = pages.bad_request, pages.permission_denied
handler404, handler500 = pages.page_not_found, pages.server_error


@pytest.fixture(autouse=True)
def refusing_urls(settings):
    """The site's paths and two that fail."""
    settings.ROOT_URLCONF = __name__


@pytest.mark.parametrize(
    ("kind", "status"), [("FORBIDDEN", 403), ("NOT_FOUND", 404), ("GONE", 410), ("UNAVAILABLE", 503), ("INVALID", 400)]
)
def test_refusal_of_a_read_is_a_page_with_its_own_words(client, kind, status):
    response = client.get(f"/refuse/{kind}/")
    assert response.status_code == status
    assert "Because." in response.text
    assert response.headers["Retry-After"] == "7"


@pytest.mark.parametrize("kind", ["INVALID", "CONFLICT", "RATE_LIMITED"])
def test_refusal_of_an_act_goes_back_with_a_message(client, kind):
    response = client.post(f"/refuse/{kind}/", headers={"Referer": "http://testserver/help/?a=b"}, follow=True)
    assert response.redirect_chain == [("/help/?a=b", 302)]
    assert "Because." in response.text


def test_going_back_never_leaves_the_site(client):
    response = client.post("/refuse/CONFLICT/", headers={"Referer": "https://elsewhere.example/"})
    assert response.headers["Location"] == "/"


def test_whoever_must_sign_in_comes_back_afterwards(client):
    response = client.get("/refuse/UNAUTHENTICATED/?a=b")
    assert response.headers["Location"] == "/accounts/login/?next=%2Frefuse%2FUNAUTHENTICATED%2F%3Fa%3Db"


@pytest.mark.parametrize(("kind", "status"), [("INVALID", 422), ("CONFLICT", 409), ("FORBIDDEN", 403)])
def test_htmx_gets_a_message_and_keeps_its_button(client, kind, status):
    response = client.post(f"/refuse/{kind}/", headers=HTMX)
    assert response.status_code == status
    assert response.headers["HX-Retarget"] == "#flash"
    assert "<html" not in response.text
    assert "Because." in response.text


def test_htmx_is_sent_to_sign_in(client):
    response = client.post("/refuse/UNAUTHENTICATED/", headers=HTMX)
    assert response.headers["HX-Redirect"].startswith("/accounts/login/?next=")


def test_broken_page_says_so_without_the_database(client, django_assert_num_queries):
    client.raise_request_exception = False
    with django_assert_num_queries(0):
        response = client.get("/fall/", headers={"Accept-Language": "fr"})
    assert response.status_code == 500
    assert "Notre erreur" in response.text


def test_old_form_is_told_to_reload(client):
    client.handler.enforce_csrf_checks = True
    response = client.post("/language/", {"language": "fr"})
    assert response.status_code == 403
    assert "open for too long" in response.text


def test_headers_are_strict(client):
    headers = client.get("/help/").headers
    assert "script-src 'self';" in headers["Content-Security-Policy"] + ";"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Permissions-Policy"] == "microphone=(self), camera=(), geolocation=()"
    assert headers["Content-Language"] == "en"
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in headers["Vary"].split(",")}
