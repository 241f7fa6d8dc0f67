"""Settings: what people change about themselves. Guests and visitors are asked to sign in first."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import queries
from accounts.forms import own
from accounts.services import devices as device_service
from accounts.services import profile, signup
from accounts.services.access import Person, check_has_account
from spaces_site.boundary.pages import submit

View = Callable[..., HttpResponse]


def people_only(view: View) -> View:
    """Settings belong to an account."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, check_has_account(request.user), *args, **kwargs)

    return never_cache(checked)


@people_only
@require_http_methods(["GET", "HEAD", "POST"])
def edit_profile(request: HttpRequest, person: Person) -> HttpResponse:
    """Name and bio; the picture has forms of its own on the same page."""
    return _settings_page(request, person, own.ProfileForm, "settings", avatar_form=own.AvatarForm())


@people_only
@require_http_methods(["GET", "HEAD", "POST"])
def edit_look(request: HttpRequest, person: Person) -> HttpResponse:
    """Language, time zone, light or dark."""
    return _settings_page(request, person, own.LookForm, "settings-look", time_zones=sorted(signup.time_zones()))


@people_only
@require_http_methods(["GET", "HEAD", "POST"])
def edit_privacy(request: HttpRequest, person: Person) -> HttpResponse:
    """Hidden listening."""
    return _settings_page(request, person, own.PrivacyForm, "settings-privacy")


@people_only
@require_safe
def account(request: HttpRequest, person: Person) -> HttpResponse:
    """Ways to allauth's pages: address, password, two factors."""
    return render(request, "accounts/settings_account.html", {"two_factors": queries.has_two_factors(person)})


@people_only
@require_POST
def upload_avatar(request: HttpRequest, person: Person) -> HttpResponse:
    """A new picture."""
    form = own.AvatarForm(request.POST, request.FILES)
    if form.is_valid() and submit(form, profile.set_avatar, actor=person, data=form.cleaned_data["avatar"]) is not None:
        messages.success(request, gettext("Your new picture is up."))
        return redirect("settings")
    person_form = own.ProfileForm(initial=_initial(person, own.ProfileForm))
    context = {"form": person_form, "avatar_form": form}
    return render(request, "accounts/settings.html", context, status=422)


@people_only
@require_POST
def delete_avatar(request: HttpRequest, person: Person) -> HttpResponse:
    """Back to the drawn face."""
    profile.remove_avatar(actor=person)
    messages.success(request, gettext("Your picture is removed."))
    return redirect("settings")


@people_only
@require_safe
def devices(request: HttpRequest, person: Person) -> HttpResponse:
    """Browsers and apps in one list."""
    places = queries.devices(person=person, session_key=request.session.session_key)
    return render(request, "accounts/devices.html", {"places": places})


@people_only
@require_POST
def revoke_device(request: HttpRequest, person: Person) -> HttpResponse:
    """Sign out one browser or app."""
    device_service.revoke(actor=person, device_id=request.POST.get("device", ""))
    messages.success(request, gettext("That device is signed out."))
    return redirect("devices")


@people_only
@require_POST
def revoke_other_devices(request: HttpRequest, person: Person) -> HttpResponse:
    """Sign out everywhere else."""
    device_service.revoke_others(actor=person, session_key=request.session.session_key)
    messages.success(request, gettext("You are signed out everywhere else."))
    return redirect("devices")


def _settings_page(
    request: HttpRequest, person: Person, form_class: type[Form], name: str, **context: Any
) -> HttpResponse:
    """One form of profile fields: show it, or save it and show it again."""
    form = form_class(request.POST if request.method == "POST" else None, initial=_initial(person, form_class))
    template = f"accounts/{name.replace('-', '_')}.html"
    if request.method != "POST":
        return render(request, template, {"form": form, **context})
    if form.is_valid() and submit(form, profile.change_profile, actor=person, changes=form.cleaned_data) is not None:
        messages.success(request, gettext("Saved."))
        return redirect(name)
    return render(request, template, {"form": form, **context}, status=422)


def _initial(person: Person, form_class: type[Form]) -> dict[str, Any]:
    return {field: getattr(person, field) for field in form_class.base_fields}
