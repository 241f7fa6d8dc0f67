"""Encryption of evidence at rest: Fernet (AES-128-CBC with HMAC-SHA256), several keys, the first one encrypts."""

import base64
from collections.abc import Sequence
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from spaces_site.errors import DomainError, Kind


class CannotUnseal(DomainError):
    """The file was changed, or its key is not among ours any more."""

    kind = Kind.GONE
    code = "cannot_unseal"
    text = _("This evidence cannot be read: it was changed, or its key is not in EVIDENCE_KEYS any more.")


def seal(data: bytes) -> bytes:
    """Encrypted with the newest key."""
    return _fernet(tuple(settings.EVIDENCE_KEYS), settings.SECRET_KEY).encrypt(data)


def unseal(sealed: bytes) -> bytes:
    """Decrypted with whichever key fits. Raises `CannotUnseal`."""
    try:
        return _fernet(tuple(settings.EVIDENCE_KEYS), settings.SECRET_KEY).decrypt(sealed)
    except InvalidToken as error:
        raise CannotUnseal from error


def seal_anew(sealed: bytes) -> bytes:
    """The same under the newest key. Raises `CannotUnseal`."""
    try:
        return _fernet(tuple(settings.EVIDENCE_KEYS), settings.SECRET_KEY).rotate(sealed)
    except InvalidToken as error:
        raise CannotUnseal from error


@lru_cache(maxsize=4)
def _fernet(keys: Sequence[str], secret: str) -> MultiFernet:
    # Settings see to it that production has keys of its own.
    return MultiFernet([Fernet(key) for key in keys or (_derived(secret),)])


def _derived(secret: str) -> str:
    derivation = HKDF(SHA256(), length=32, salt=None, info=b"spaces evidence")
    return base64.urlsafe_b64encode(derivation.derive(secret.encode())).decode()
