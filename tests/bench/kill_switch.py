"""From staff's word to a room that is over: for people inside, for open playlists, for new listeners."""

import tempfile
import time
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

from tests.bench.catalogue import CannotMeasure
from tests.bench.ears import chromium, visitor
from tests.browser.live_site import LiveSite, wait_for
from tests.browser.visitors import Visitor, tone_file

ROUNDS = 5
#: The rounds must end before this, so that the bench ends in time.
LAST_ROUND_S = 45.0
PATIENCE_S = 10.0


def kill_switch() -> dict[str, float]:
    """Seconds, the worst of five rooms: a page says that it is over, and its playlist ends."""
    last = time.monotonic() + LAST_ROUND_S
    sockets: list[float] = []
    playlists: list[float] = []
    with tempfile.TemporaryDirectory(prefix="spaces-kill-") as folder, sync_playwright() as play:
        site = LiveSite()
        try:
            site.start()
            browser = chromium(play, tone_file(Path(folder), 880))
            while len(sockets) < ROUNDS and time.monotonic() < last:
                room = site.room("ana")
                eva = visitor(browser, site, "eva").enter(room)
                _one_room(site, room, eva, sockets, playlists)
        finally:
            site.stop()
    if len(sockets) < ROUNDS - 2:
        raise CannotMeasure(f"only {len(sockets)} of {ROUNDS} rooms in time: the machine is too busy")
    return {"page": max(sockets), "playlist": max(playlists)}


def _one_room(site: LiveSite, room: str, eva: Visitor, sockets: list[float], playlists: list[float]) -> None:
    with httpx.Client(timeout=PATIENCE_S, follow_redirects=True) as client:
        address = wait_for(lambda: _playlist(client, site, room), "a playlist", PATIENCE_S)
        began = site.call("close", room_id=room)
        eva.page.locator(".over").wait_for(timeout=PATIENCE_S * 1000)
        sockets.append(time.time() - began)
        wait_for(lambda: _is_over(client.get(address)), "the end of the playlist", PATIENCE_S)
        playlists.append(time.time() - began)
    eva.page.close()


def _playlist(client: httpx.Client, site: LiveSite, room: str) -> str:
    """The address with its grant; empty while the sound is being set up."""
    answer = client.get(f"{site.url}/live/{room}/open/index.m3u8")
    return str(answer.url) if answer.status_code == 200 else ""


def _is_over(answer: httpx.Response) -> bool:
    """Whether nothing more comes, or nobody may have it."""
    return answer.status_code in {404, 410} or "#EXT-X-ENDLIST" in answer.text
