"""Every page, the API and the admin."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import JSONCatalog
from drf_spectacular.views import SpectacularSwaggerSplitView

from rooms.api.socket_document import asyncapi
from spaces_site.boundary.schema import SchemaView

handler400 = "spaces_site.boundary.pages.bad_request"
handler403 = "spaces_site.boundary.pages.permission_denied"
handler404 = "spaces_site.boundary.pages.page_not_found"
handler500 = "spaces_site.boundary.pages.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("spaces_site.api")),
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path("api/asyncapi.json", asyncapi, name="asyncapi"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(), name="api-docs"),
    path("_allauth/", include("allauth.headless.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("i18n/catalogue.json", JSONCatalog.as_view(), name="js-catalogue"),
    path("", include("accounts.urls")),
    path("", include("rooms.urls")),
    path("", include("moderation.urls")),
    path("", include("ticketing.urls")),
]
