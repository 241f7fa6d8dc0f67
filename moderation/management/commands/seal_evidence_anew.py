"""`manage.py seal_evidence_anew`: after a new key was put first in EVIDENCE_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand

from moderation.services import evidence


class Command(BaseCommand):
    """Encrypts all kept evidence with the newest key, so that the older ones can be taken out."""

    help = "Encrypt all kept evidence with the first key of EVIDENCE_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{evidence.seal_all_anew()} files sealed anew.")
