"""The node's calls of the database: none holds up the loop, and none is refused while a thread can take it."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from media_worker.bridge import Database, DatabaseAway


def called(*, which: int, gate: threading.Event) -> int:
    """A service that answers when the gate opens."""
    gate.wait(10)
    return which


async def test_more_calls_than_threads_wait_for_one_another_and_are_all_answered() -> None:
    database = Database(seconds=5, threads=2)
    gate = threading.Event()
    calls = [asyncio.ensure_future(database.run(called, which=number, gate=gate)) for number in range(6)]
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*calls) == [0, 1, 2, 3, 4, 5]
    database.close()


async def test_while_every_thread_hangs_a_call_is_refused_at_once_and_then_taken_again() -> None:
    database = Database(seconds=0.05, threads=2)
    gate = threading.Event()
    hanging = [database.run(called, which=number, gate=gate) for number in range(2)]
    refused = await asyncio.gather(*hanging, return_exceptions=True)
    assert [type(each) for each in refused] == [DatabaseAway, DatabaseAway]
    began = time.process_time()
    with pytest.raises(DatabaseAway, match="every thread"):
        await database.run(called, which=2, gate=gate)
    assert time.process_time() - began < 0.05
    gate.set()
    async with asyncio.timeout(5):
        while True:
            try:
                assert await database.run(called, which=3, gate=gate) == 3
                break
            except DatabaseAway:
                await asyncio.sleep(0)
    database.close()


async def test_a_call_that_waited_too_long_is_never_made() -> None:
    database = Database(seconds=0.05, threads=1)
    gate, made = threading.Event(), []
    late = database.run(lambda: made.append("late"))
    await asyncio.gather(database.run(called, which=0, gate=gate), late, return_exceptions=True)
    gate.set()
    async with asyncio.timeout(5):
        while True:
            try:
                await database.run(called, which=1, gate=gate)
                break
            except DatabaseAway:
                await asyncio.sleep(0)
    assert made == []
    database.close()


_GOODBYE = """
import asyncio, threading, django
django.setup()
from media_worker.bridge import Database

async def say() -> None:
    database = Database(seconds=5, threads=1)
    await database.run(threading.main_thread().join)
    # The interpreter is going down and waits for this thread alone.
    print(await database.run(lambda: "goodbye"))
    database.close()

threading.Thread(target=asyncio.run, args=(say(),)).start()
"""


def test_the_database_is_still_there_for_a_node_that_the_ending_worker_waits_for(settings: Any) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "spaces_site.settings"}
    command = [sys.executable, "-c", _GOODBYE]
    ended = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.returncode) == ("goodbye\n", 0), ended.stderr
