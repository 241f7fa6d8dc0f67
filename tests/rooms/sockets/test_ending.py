"""The hub ends though a library swallows the first cancellation, as redis-py does while it connects."""

import asyncio

from rooms.hub.link import end


async def test_a_cancellation_that_was_swallowed_is_given_again() -> None:
    reached = asyncio.Event()

    async def stubborn() -> None:
        try:
            reached.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    task = asyncio.create_task(stubborn())
    await reached.wait()
    await asyncio.wait_for(end([task]), 10)
    assert task.cancelled()
