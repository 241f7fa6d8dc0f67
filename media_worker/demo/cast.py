"""The demo's people, rooms and talks: plain facts, read by the seeding and by the bots."""

from dataclasses import dataclass
from pathlib import Path

VOICES = Path(__file__).parent / "voices"
#: The one password of everybody in the demo, staff included. Production refuses to be seeded.
PASSWORD = "spaces-demo"  # noqa: S105
STAFF_HANDLE = "robin"
NEWCOMER_HANDLE = "sam"
#: The first has blocked the second. They have nothing else to do with one another.
BLOCKED_PAIR = ("noor", "hugo")


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who exists in the demo; `hosts` means that staff granted hosting."""

    handle: str
    name: str
    bio: str
    language: str = "en"
    time_zone: str = "Europe/Paris"
    hosts: bool = False
    verified: bool = False


@dataclass(frozen=True, slots=True)
class DemoRoom:
    """A live room; `lines` are voice files in order, spoken by the handle that ends their name."""

    host: str
    title: str
    description: str
    topics: tuple[str, ...]
    speakers: tuple[str, ...]
    lines: tuple[str, ...]
    language: str = "en"

    def speaker_of(self, line: str) -> str:
        """The handle that speaks this line."""
        return line.rsplit("-", 1)[1]


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """A room to come, `in_hours` from the day of seeding."""

    host: str
    title: str
    description: str
    topics: tuple[str, ...]
    in_hours: int
    language: str = "en"
    #: A room of the platform itself.
    official: bool = False


@dataclass(frozen=True, slots=True)
class DemoPast:
    """A room that took place `hours_ago`, for an hour; `speakers` were on stage, `listeners` heard it."""

    host: str
    title: str
    description: str
    topics: tuple[str, ...]
    hours_ago: int
    speakers: tuple[str, ...]
    listeners: tuple[str, ...]


PEOPLE = (
    DemoPerson("maya", "Maya Lindqvist", "Runs the sound of small stages.", time_zone="Europe/Stockholm", hosts=True),
    DemoPerson("theo", "Théo Marchand", "Écrit des mélangeurs, parfois des lettres.", "fr", verified=True),
    DemoPerson(
        "ines", "Inès Carvalho", "Reads aloud on Sundays.", time_zone="Europe/Lisbon", hosts=True, verified=True
    ),
    DemoPerson("omar", "Omar Haddad", "A voice for old books.", time_zone="Africa/Casablanca"),
    DemoPerson("sam", "Sam Rivers", "New here."),
    DemoPerson("lea", "Léa Fontaine", "Radio, lentement.", "fr", hosts=True),
    DemoPerson("noor", "نور رحيمي", "Night buses and their stories.", time_zone="Asia/Dubai"),
    DemoPerson("yuki", "Yuki Tanaka", "Listens more than speaks.", time_zone="Asia/Tokyo"),
    DemoPerson("hugo", "Hugo Delacroix-Beaumont de Montferrand", "Le nom le plus long de la maison.", "fr"),
    DemoPerson("chloe", "Chloé Hamon", "Droit, budget, café.", "fr"),
    DemoPerson("david", "David Okafor", "Asks the second question.", time_zone="Africa/Lagos"),
    DemoPerson("eva", "Eva Rossi", "Usually first in the queue.", time_zone="Europe/Rome"),
)

ROOMS = (
    DemoRoom(
        host="maya",
        title="How this room sounds: a tour for new ears",
        description="Two people explain what happens between a microphone and your ear, and what mute really does.",
        topics=("audio", "welcome"),
        speakers=("theo",),
        lines=(
            "welcome-1-maya",
            "welcome-2-theo",
            "welcome-3-maya",
            "welcome-4-theo",
            "welcome-5-maya",
            "welcome-6-theo",
            "welcome-7-maya",
            "welcome-8-theo",
        ),
    ),
    DemoRoom(
        host="ines",
        title="Reading aloud: Sense and Sensibility",
        description="A page of Jane Austen, read by a volunteer of the public domain, with a few words in between.",
        topics=("books", "reading"),
        speakers=("omar",),
        lines=(
            "reading-1-ines",
            "reading-2-omar",
            "reading-3-omar",
            "reading-4-ines",
            "reading-5-omar",
            "reading-6-ines",
        ),
    ),
)

#: The listener who reacts and raises a hand now and then, in the first room.
LISTENER_HANDLE = "eva"

PLANS = (
    DemoPlan(
        "lea", "Radio, lentement : comment on monte une voix", "Une heure de montage à voix haute.", ("radio",), 5, "fr"
    ),
    DemoPlan(
        "maya", "After hours with the sound crew", "What broke, and how it was mended.", ("audio",), 26, official=True
    ),
    DemoPlan("ines", "Reading aloud: Persuasion", "First chapter. Bring tea.", ("books",), 50),
    DemoPlan("lea", "Le courrier des auditeurs", "Vos lettres, nos réponses.", ("radio", "lettres"), 98, "fr"),
)

PAST = DemoPast(
    host="maya",
    title="Small stages, loud rooms",
    description="What a sound crew does when the ceiling is low.",
    topics=("audio",),
    hours_ago=26,
    speakers=("theo", "david"),
    listeners=("sam", "eva"),
)

#: Host of a live room → whom they invited to speak there. Maya's room is where `make run` tells Sam to raise a
#: hand, so nobody of the demo is invited there.
INVITATIONS = {"ines": ("sam", "eva")}
#: Who has an address of their own of Maya's room → who came by it.
SHARES = {"maya": ("yuki", "chloe", "hugo"), "sam": ("noor",), "eva": ("david", "omar")}
