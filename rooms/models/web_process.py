"""Which web processes are alive: sockets of one that died are taken as gone."""

from django.db import models


class WebProcess(models.Model):
    """A process that holds websockets; it writes its heartbeat every few seconds."""

    id = models.CharField(primary_key=True, max_length=40)
    heartbeat_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.id
