"""Who may sell tickets: a list that staff keep, and the way onto it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ApplicationState(models.TextChoices):
    """open → accepted or refused; a refused one may apply again."""

    OPEN = "OPEN", _("waiting for a decision")
    ACCEPTED = "ACCEPTED", _("accepted")
    REFUSED = "REFUSED", _("refused")


class SellerGrant(models.Model):
    """Staff let somebody sell tickets, with a note and a date; kept when it is withdrawn."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="seller_grants", verbose_name=_("person")
    )
    note = models.CharField(_("remark"), max_length=300)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("granted by")
    )
    granted_at = models.DateTimeField(_("granted at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("seller")
        verbose_name_plural = _("sellers")
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(withdrawn_at=None), name="one_standing_grant")
        ]

    def __str__(self) -> str:
        return str(self.person)


class SellerApplication(models.Model):
    """Somebody asks to sell tickets."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    words = models.TextField(_("what they want to sell"), max_length=1000)
    born_on = models.DateField(_("date of birth"))
    state = models.CharField(_("state"), max_length=10, choices=ApplicationState, default=ApplicationState.OPEN)
    applied_at = models.DateTimeField(_("applied at"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("decided by"),
    )  # fmt: skip
    #: Told to the applicant.
    answer = models.CharField(_("answer"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("application to sell")
        verbose_name_plural = _("applications to sell")
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(state=ApplicationState.OPEN), name="one_open_application"
            )
        ]

    def __str__(self) -> str:
        return str(self.person)
