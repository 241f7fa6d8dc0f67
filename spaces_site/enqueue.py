"""Send a task by name once the transaction is committed.

Nobody imports a task: that keeps the layers one-way. A house test checks that
every name used here is registered with Celery.
"""

from celery import current_app
from django.db import transaction


def enqueue_on_commit(task_name: str, **ids: object) -> None:
    """Queue `task_name` with keyword ids after commit; at once outside a transaction.

    Robust: the work is committed, and a broker that is away must not turn it into an error; whatever is sent so
    is also looked for by beat. `ids` must be JSON values. `CELERY_TASK_ROUTES` names the queue where it is not the
    default one.
    """

    def send() -> None:
        _send(task_name, ids)

    # No `partial`: Django logs what failed by a name, which that has not, and would fail in turn.
    transaction.on_commit(send, robust=True)


def _send(task_name: str, ids: dict[str, object]) -> None:
    current_app.send_task(task_name, kwargs=ids)
