"""Searching among a hundred thousand people and as many rooms, on SQLite and on PostgreSQL."""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from tests.bench.catalogue import CannotMeasure
from tests.postgres import NoPostgres, PostgresCluster

PEOPLE, ROOMS = 100_000, 100_000
#: Of the rooms so many are live, and so many to come; the others are over.
LIVE, PLANNED = 1_000, 9_000
BATCH = 5_000

#: Words separated by spaces: what people and rooms are called.
GIVEN = (
    "Ana Bo Karim Noor Léa Omar Maya Théo Inès Hugo Chloé David Eva Tess Élodie Søren Müge Zoë Jürgen Aïcha Renée "
    "François Amélie Loïc Agnès Benoît Camille Dorothée Étienne Fabrice Gaëlle Hélène Ivan Jeanne Kevin Lucie "
    "Marius Nadège Oscar Pauline Quentin Rosa Samuel Tobias Ursula Viktor Wanda Xavier Yara Zachary"
)
FAMILY = (
    "Martin Chen Benali Rahimi Fontaine Haddad Lindqvist Delacroix Okafor Rossi Nguyen Hamon Bernard Dubois "
    "Moreau Lefèvre García Schmidt Müller Kowalski Novák Silva Santos Andersson Johansson Petit Durand Leroy Roux "
    "Vincent Faure Mercier Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier Perrin Robin Clément "
    "Morin Nicolas Henry Roussel Mathieu Gautier Masson Marchand Duval Denis Dumont Marie Lemaire Noël Meyer "
    "Dufour"
)
WORDS = (
    "morning news radio music piano science history climate ocean mountain garden cooking bread coffee football "
    "tennis running cycling poetry novel theatre cinema painting startup django python security privacy language "
    "grammar travel railway bicycle architecture astronomy chemistry medicine health parents school university "
    "student work money housing city village forest river island winter summer midnight breakfast question answer "
    "story interview musique matin actualité océan montagne jardin cuisine pain lecture poésie théâtre peinture "
    "santé école étudiant travail logement ville forêt rivière île hiver été minuit petit-déjeuner réponse "
    "histoire entretien élection démocratie économie philosophie géographie"
)
#: Rarer words are made of these, until there are so many: "music" stands in one room of seven.
SYLLABLES = "ba ce di fo gu ha ji ka le mi no pu qui ra se ti vo xa ye zu bran cher flo gnon pli tres vrai ston ling"
VOCABULARY = 5_000
JOINS = "of for with about without and the de du sur avec pour sans et la"
Spoken = Callable[[int], list[str]]

#: As people type: whole words, beginnings, capitals, without accents, with a slip, two words, names, nothing.
QUESTIONS = (
    "music", "musique", "MUSIQUE", "poesie", "poésie", "philo", "philosphie", "breakfest", "astronmy", "running",
    "petit-dejeuner", "ocean", "océan", "théatre peinture", "radio matin", "history of science", "ana martin",
    "elodie lefevre", "jurgen", "soren", "chloe", "delacroix", "delacrois", "okafor", "nguyen", "an", "mu",
    "ivan novak", "camille dufour", "climate election", "democratie", "geographie hiver", "xylophone", "qwertz",
    "ana_4711", "midnight story", "question answer", "cooking bread coffee", "universty student",
    "railway architecture",
)  # fmt: skip


def search() -> dict[str, float]:
    """Milliseconds, p95 of the page of search as it is answered, by database."""
    return {"sqlite": _measured({}), "postgres": _on_postgres()}


def _on_postgres() -> float:
    try:
        cluster = PostgresCluster(durable=True)
    except NoPostgres as reason:
        raise CannotMeasure(str(reason)) from reason
    try:
        return _measured({"DATABASE_URL": cluster.url})
    finally:
        cluster.stop()


def _measured(settings: dict[str, str]) -> float:
    """In a process of its own: settings are read once."""
    with tempfile.TemporaryDirectory(prefix="spaces-search-") as folder:
        env = {**os.environ, "VAR_DIR": folder, "SPACES_ENV": "test", "LOG_LEVEL": "WARNING", **settings}
        env["DJANGO_SETTINGS_MODULE"] = "spaces_site.settings"
        job = subprocess.run([sys.executable, "-m", "tests.bench.search"], env=env, capture_output=True, check=False)
    if job.returncode:
        raise CannotMeasure(job.stderr.decode()[-300:])
    return float(json.loads(job.stdout.decode().splitlines()[-1]))


def main() -> None:
    """Fill the database of the environment, ask everything, and print the p95 of the answers."""
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    call_command("migrate", verbosity=0)
    with closing(connection):
        viewer = _town()
        call_command("index_search", verbosity=0)
        with connection.cursor() as cursor:
            # As the databases do by themselves after a while.
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA optimize")
        took = sorted(_asked(viewer))
        if "--all" in sys.argv:
            for question, each in zip(QUESTIONS, _asked(viewer), strict=True):
                print(f"{each * 1000:7.1f} {question}")
        print(took[int(len(took) * 0.95)] * 1000)


def _asked(viewer: Any) -> list[float]:
    """Seconds for each question, once everything is warm."""
    from django.test import Client

    browser = Client(HTTP_HOST="localhost")
    browser.force_login(viewer)
    for question in QUESTIONS[:3]:
        browser.get("/search/", {"q": question})
    found = []
    for question in QUESTIONS:
        began = time.perf_counter()
        answer = browser.get("/search/", {"q": question})
        found.append(time.perf_counter() - began)
        assert answer.status_code == 200
    return found


def _spoken(dice: random.Random) -> Spoken:
    """So many words, each as often as people say it: Zipf's law, below the words that only join others."""
    words, syllables = WORDS.split(), SYLLABLES.split()
    words += ["".join(dice.choices(syllables, k=dice.randint(2, 4))) for _ in range(VOCABULARY - len(words))]
    weights = [1 / (rank + 30) for rank in range(1, VOCABULARY + 1)]
    return lambda count: dice.choices(words, weights, k=count)


def _town() -> Any:
    """People with names, rooms with titles; the viewer follows some of the people."""
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from accounts.models import Follow
    from rooms.models import Room
    from spaces_site.boundary.plain_text import folded

    dice, now, person = random.Random(4), timezone.now(), get_user_model()
    given, family, spoken = GIVEN.split(), FAMILY.split(), _spoken(dice)
    names = [(dice.choice(given), dice.choice(family)) for _ in range(PEOPLE)]
    people = person.objects.bulk_create(
        [
            person(handle=f"{folded(first)}_{number}", display_name=f"{first} {last}", bio=" ".join(spoken(6)))
            for number, (first, last) in enumerate(names)
        ],
        batch_size=BATCH,
    )
    Room.objects.bulk_create(_rooms(dice, spoken, people, now), batch_size=BATCH)
    viewer = person.objects.create(handle="viewer", display_name="Viewer")
    Follow.objects.bulk_create([Follow(follower=viewer, followee=one, created_at=now) for one in people[:500]])
    return viewer


def _rooms(dice: random.Random, spoken: Spoken, people: list[Any], now: datetime) -> Iterator[Any]:
    from rooms.models import Room, RoomState

    joins = JOINS.split()
    for number in range(ROOMS):
        said = spoken(3)
        state, start = RoomState.ENDED, None
        if number < LIVE:
            state = RoomState.LIVE
        elif number < LIVE + PLANNED:
            state, start = RoomState.SCHEDULED, now + timedelta(minutes=number)
        yield Room(
            creator=dice.choice(people),
            title=f"{said[0].capitalize()} {dice.choice(joins)} {said[1]}: {said[2]} {number % 97}",
            description=" ".join(spoken(14) + dice.choices(joins, k=6)),
            topics=spoken(2),
            language=dice.choice(("en", "fr")),
            state=state,
            started_at=None if start else now - timedelta(minutes=number),
            scheduled_start=start,
        )


if __name__ == "__main__":
    main()
