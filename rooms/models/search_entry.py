"""What search looks through: the words of people and rooms, folded so that accents and capitals do not matter."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rooms.models.room import Room


class SearchEntry(models.Model):
    """The words of one person or one room. Kept by `services.search_index`; made anew by `index_search`.

    On SQLite an FTS5 table of each kind follows this one by triggers; on PostgreSQL it has trigram and
    full text indexes of each kind (migration 0013).
    """

    room = models.OneToOneField(Room, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("room"))
    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("person")
    )
    #: What it is called: a title, or a name and a handle.
    name = models.TextField(_("name"))
    #: What else is said: topics, host and description, or a bio.
    more = models.TextField(_("more"), blank=True)
    #: How many follow the person. It stands here too so that the best of thousands are known without their accounts.
    #: Its default is the database's too: while machines are updated, some do not know of it yet.
    followers = models.PositiveIntegerField(_("followers"), default=0, db_default=0)

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        constraints = [
            models.CheckConstraint(
                condition=Q(room=None, person__isnull=False) | Q(room__isnull=False, person=None), name="search_of_one"
            )
        ]

    def __str__(self) -> str:
        return self.name
