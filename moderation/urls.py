"""Paths of this app's pages."""

from django.urls import path

from moderation.views import contesting, reporting

urlpatterns = [
    path("report/", reporting.report, name="report"),
    path("report/illegal/", reporting.report_illegal, name="report-illegal"),
    path("report/thanks/", reporting.thanks, name="report-thanks"),
    path("reports/", reporting.own_reports, name="reports"),
    path("reports/<uuid:report_id>/", reporting.own_report, name="own-report"),
    path("decisions/<uuid:decision_id>/", contesting.decision, name="appeal"),
    path("decisions/link/<str:token>/", contesting.decision_by_token, name="decision-by-token"),
]
