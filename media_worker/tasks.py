"""Doors of the media worker: claims of live rooms, and the node's life with its Celery worker."""

import threading
from typing import TYPE_CHECKING, Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_ready, worker_shutting_down
from django.utils import timezone

from rooms.services import media

if TYPE_CHECKING:
    from media_worker.node import MediaNode

#: The queue of claims (`CELERY_TASK_ROUTES`): a worker that takes it carries sound.
QUEUE = "media"

_node: "MediaNode | None" = None


@shared_task(name="media_worker.tasks.claim_room", acks_late=False)
def claim_room(*, room_id: str, **_: object) -> None:
    """Take a room for this process's node, unless another node has it. Returns at once."""
    if _node is not None:
        _node.claim(UUID(room_id))


@shared_task(name="media_worker.tasks.reap_sessions")
def reap_sessions(**_: object) -> None:
    """Offer live rooms again whose lease has run out; run each second by beat."""
    media.offer_rooms_without_sound(now=timezone.now())


@worker_ready.connect
def start_node(sender: Any, **_: object) -> None:
    """Start the node in a worker that takes the media queue."""
    global _node
    if QUEUE in sender.app.amqp.queues.consume_from:
        # Here: every worker and beat load this module, and need neither codecs nor numpy.
        from media_worker.node import MediaNode, go_first

        go_first()
        _node = MediaNode()
        _node.start()


@worker_shutting_down.connect
def stop_node(**_: object) -> None:
    """Hand the node's rooms over before the worker ends.

    In a thread that the interpreter waits for: the worker must go on to close its own consumer, or
    it would swallow the very offers that should reach other nodes.
    """
    if _node is not None:
        threading.Thread(target=_node.stop, name="media-node-stop").start()
