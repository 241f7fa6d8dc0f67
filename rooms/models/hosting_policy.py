"""The number that decides who may host, kept in the database so that staff change it at run time."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class HostingPolicy(models.Model):
    """The one row (pk 1) with the follower threshold."""

    followers_needed = models.PositiveIntegerField(_("followers needed to host"), default=600)

    class Meta:
        verbose_name = verbose_name_plural = _("hosting policy")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_hosting_policy")]

    def __str__(self) -> str:
        return str(_("%(count)s followers needed") % {"count": self.followers_needed})
