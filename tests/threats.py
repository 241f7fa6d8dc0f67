"""`python -m tests.threats`: write docs/threats.md, the table of threats, controls and limits with their tests.

A test stands for a row by its name: `test_threat_06_…`, `test_asvs_17_2_4_…`, `test_limit_sdp_…`, several of them in
one name where it shows several. `tests/house/test_threats.py` fails when the table is not what the names say.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "threats.md"
_NAMES = re.compile(r"(?:threat_(\d\d)|asvs_(\d+_\d+_\d+)|limit_([a-z]+))(?=_)")


@dataclass(frozen=True)
class Row:
    """One line of the table: what it is about, and what is not there yet."""

    title: str
    gap: str = ""


THREATS = {
    "01": Row(
        "A device that left, or was left behind, goes on hearing the room",
        "anonymous listeners of a room that is open to everybody are in no roster",
    ),
    "02": Row("Somebody muted, moved off the stage or put out goes on being heard"),
    "03": Row(
        "Somebody shut out comes in by another door or device", "a second account of the same ticket: with tickets"
    ),
    "04": Row("Somebody is shut out in the very moment of coming in"),
    "05": Row(
        "An address of the sound is passed on",
        "one live session for each ticket: with tickets; the grant is in the address, not in a cookie",
    ),
    "06": Row("Ids of others are tried or enumerated"),
    "07": Row("A foreign page opens a websocket with the reader's cookie"),
    "08": Row("A session that ended lives on in a websocket or a microphone"),
    "09": Row("Huge messages and very many sockets exhaust memory"),
    "10": Row("A crowd floods a room with reactions, hands and commands", "chat and slow mode: with chat"),
    "11": Row("A raid of many accounts asks for the microphone at once"),
    "12": Row("Datagrams from outside the path reach the sound"),
    "13": Row("Malformed offers and packets, and floods of a speaker's own"),
    "14": Row(
        "DTLS is weakened, or the certificate is another's",
        "one certificate for each node and start, not for each connection",
    ),
    "15": Row(
        "A relay leads into the inner network", "no TURN is shipped; an operator's own is named in MEDIA_ICE_SERVERS"
    ),
    "16": Row("A payment is forged, replayed or old"),
    "17": Row("Seats are sold twice, prices come from the client"),
    "18": Row("Names and titles are run as script in a reader's page", "each text field with sixty payloads: not yet"),
    "19": Row(
        "The server fetches an inner address for somebody", "nothing is fetched by address: no previews, no web hooks"
    ),
    "20": Row("A table or calendar that is taken along runs on the reader's machine", "calendars: with reminders"),
    "21": Row("One request burns the processor or the memory"),
    "22": Row("Sound or ids are readable on the network"),
    "23": Row("Network addresses of people or of inner machines leak"),
    "24": Row("Headers of a proxy are forged, a request is smuggled in"),
    "25": Row("An account of staff is taken over, accounts are enumerated"),
    "26": Row("Whoever was blocked or reported learns by whom"),
}
#: Threats to what is not in the product: nothing can be shown of them yet.
NOT_THERE = {"15", "19"}
ASVS = {
    "1.2.10": Row("CSV formulas"),
    "2.3.3": Row("Business steps are one transaction or none"),
    "2.3.4": Row("Limited seats are not given twice"),
    "2.4.1": Row("Automated tries are slowed down"),
    "3.4.3": Row("Content security policy"),
    "3.5.8": Row("Authenticated media cannot be embedded elsewhere"),
    "4.1.3": Row("Headers of proxies cannot be set by clients"),
    "4.2.1": Row("Request smuggling"),
    "4.4.1": Row("Websockets over TLS alone"),
    "4.4.2": Row("Origin of websockets"),
    "4.4.3": Row("Tickets for websockets without a session"),
    "4.4.4": Row("Such a ticket comes from an authenticated session, and for one room"),
    "5.2.1": Row("Size of uploads"),
    "5.2.4": Row("Quota of uploads", "one picture a person, the former one is deleted; nothing else can be uploaded"),
    "5.2.6": Row("Pixels of images"),
    "7.4.1": Row("Logout ends the session everywhere"),
    "7.4.2": Row("A disabled account has no session left"),
    "8.2.2": Row("Objects are guarded by owner (IDOR)"),
    "8.3.2": Row("A changed right acts at once"),
    "9.2.2": Row("A token is of its kind"),
    "9.2.3": Row("A token is for its audience"),
    "14.2.1": Row(
        "Nothing secret in addresses or logs", "addresses of the sound carry a grant of a minute, which no log keeps"
    ),
    "14.2.7": Row("Retention", "guests go after a day; recordings and the rest come with their issues"),
    "15.1.2": Row("SBOM", "with the first release"),
    "15.2.5": Row("Risky parts are sandboxed", "FFmpeg decodes Opus and encodes AAC in the media worker's own process"),
    "15.4.2": Row("No gap between check and use"),
    "17.1.1": Row(
        "TURN refuses inner addresses", "no TURN is shipped; an operator's own is named in MEDIA_ICE_SERVERS"
    ),
    "17.1.2": Row("TURN is not used up", "no TURN is shipped"),
    "17.2.3": Row("SRTP is authenticated"),
    "17.2.4": Row("Malformed media does no harm"),
    "17.2.5": Row("Floods of media are cut"),
    "17.2.6": Row("Forged ClientHello"),
    "17.2.7": Row("Recording survives a flood", "with recordings"),
    "17.2.8": Row("Fingerprints are checked"),
    "17.3.1": Row("Floods of signalling"),
    "17.3.2": Row("Malformed signalling"),
}
LIMITS = {
    "api": Row("Body of an API request: 256 KiB"),
    "upload": Row("Picture: 5 MiB; any body: 16 MiB"),
    "json": Row("Nesting of JSON: 16"),
    "ws": Row("Websocket message: 16 KiB; 20 commands a second, 40 in one go"),
    "sockets": Row("Websockets: 5 a person, 30 an address, for each web process"),
    "queued": Row("Bytes that wait for a slow reader: 256 KiB, then close 4408"),
    "ticket": Row("Websocket ticket: 30 s, once"),
    "sdp": Row("Offer: 16 KiB, 64 candidates"),
    "media": Row("Speaker: 250 packets and 256 kbit a second; media token 60 s"),
    "grant": Row("Address of the sound: 60 s, sliding by use"),
    "stage": Row("Stage: 13, configurable to 50"),
    "seat": Row("Seat kept for a lost connection: 30 s"),
    "live": Row("Live rooms: 3 a host"),
    "scheduled": Row("Scheduled rooms: 50 a host"),
    "room": Row("Name of a room: 5 to 80 characters"),
    "page": Row("Entries of a list: 100"),
    "pace": Row(
        "Reactions and hands: 2 in 5 s, 10 in 2 min; joining: 20 a minute, 120 an hour; "
        "sign-in: 10 wrong ones a minute; rooms: 60 in 10 min; "
        "microphones that a host offers: 60 a minute; looking for posts: 60 a minute; "
        "searching: 120 a minute, 480 an address. Else a device has as much as a person, an address as much as 30"
    ),
    "evidence": Row("Evidence: 30 files an hour of one room, 10 of one case"),
    "reports": Row("Reports: 5 a minute for a person and a device, 20 for an address"),
}


def named_tests() -> Iterator[tuple[str, str]]:
    """File and name of every test function."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield str(path.relative_to(ROOT)), node.name


def rows_of(name: str) -> list[tuple[str, str]]:
    """What a test's name says it shows, as (table, key)."""
    found = []
    for threat, asvs, limit in _NAMES.findall(name):
        if threat:
            found.append(("threats", threat))
        elif asvs:
            found.append(("asvs", asvs.replace("_", ".")))
        else:
            found.append(("limits", limit))
    return found


def render() -> str:
    """The text of docs/threats.md."""
    shown: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path, name in sorted(named_tests()):
        for place in rows_of(name):
            shown[place].append(f"[{name.removeprefix('test_')}](../{path})")
    parts = [
        "# Threats, controls, limits",
        "",
        "Made by `python -m tests.threats` from the names of the tests; a house test fails when it is stale.",
        "A gap is what no test shows, because it is not there yet or is not wanted.",
    ]
    tables = ("Threats", "threats", THREATS), ("ASVS 5.0", "asvs", ASVS), ("Limits", "limits", LIMITS)
    for title, table, rows in tables:
        parts += ["", f"## {title}", "", "| row | what | shown by | gap |", "|---|---|---|---|"]
        for key, row in rows.items():
            tests = "<br>".join(shown[table, key])
            parts.append(f"| {key} | {row.title} | {tests} | {row.gap} |")
    return "\n".join(parts) + "\n"


def main() -> None:
    TABLE.write_text(render())


if __name__ == "__main__":
    main()
