"""The secrets that links end with. Derived from a key, not stored: the database alone opens nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid

from django.conf import settings

MAC_BYTES = 16


def token(kind: str, public_id: uuid.UUID, generation: int = 1) -> str:
    """Return the secret of one link. `kind` keeps one of a kind from opening another."""
    return _encode(public_id.bytes + _mac(kind, public_id, generation))


def public_id_of(text: str) -> uuid.UUID | None:
    """Return whose secret this claims to be, None where it is none at all. It proves nothing: see `fits`."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    if len(raw) != 16 + MAC_BYTES or _encode(raw) != text:
        return None
    return uuid.UUID(bytes=raw[:16])


def fits(text: str, kind: str, public_id: uuid.UUID, generation: int = 1) -> bool:
    """Tell whether a text for which `public_id_of` found something is this secret, in a time that tells nothing."""
    return hmac.compare_digest(text, token(kind, public_id, generation))


def _mac(kind: str, public_id: uuid.UUID, generation: int) -> bytes:
    message = f"{kind} {public_id} {generation}".encode()
    return hmac.digest(settings.COUNTERPART_LINK_KEY.encode(), message, hashlib.sha256)[:MAC_BYTES]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
