"""`manage.py index_search`: look at all people and rooms anew, as after loading a backup of an older version."""

from typing import Any

from django.core.management.base import BaseCommand

from rooms.services import search_index


class Command(BaseCommand):
    help = "Make the index of search anew."

    def handle(self, *args: Any, **options: Any) -> None:
        count = search_index.index_all()
        self.stdout.write(f"{count} entries")
