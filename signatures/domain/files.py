"""Bytes on disk: stored once under their SHA-256, synced and in place before a row says so, never deleted."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from signatures.models import StoredFile


def keep(chunks: bytes | Iterable[bytes], media_type: str) -> StoredFile:
    """Store bytes and return their row. The same bytes, the same row. Raises OSError when the disk fails."""
    put = put_down(chunks, media_type)
    row, _ = StoredFile.objects.get_or_create(
        sha256=put.sha256, defaults={"size": put.size, "media_type": put.media_type}
    )
    return row


def record(put: Iterable[StoredFile]) -> None:
    """Save rows of `put_down`, in one statement for many; those that are there stay as they are."""
    StoredFile.objects.bulk_create({one.sha256: one for one in put}.values(), ignore_conflicts=True, batch_size=1000)


def put_down(chunks: bytes | Iterable[bytes], media_type: str) -> StoredFile:
    """Store bytes and return a row that is not saved yet: many are saved at once with `record`. Raises OSError."""
    root = _root()
    root.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=root, prefix="incoming-")
    hashed, size = hashlib.sha256(), 0
    try:
        with os.fdopen(handle, "wb") as target:
            for chunk in [chunks] if isinstance(chunks, bytes) else chunks:
                hashed.update(chunk)
                size += len(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        _put_in_place(Path(name), path_of(hashed.hexdigest()))
    finally:
        Path(name).unlink(missing_ok=True)
    return StoredFile(sha256=hashed.hexdigest(), size=size, media_type=media_type)


def path_of(sha256: str) -> Path:
    """Return where the bytes of that hash lie."""
    return _root() / sha256[:2] / sha256[2:4] / sha256


def read(stored: StoredFile) -> bytes:
    """Return the bytes of a stored file. Raises FileNotFoundError if they are gone from the disk."""
    return path_of(stored.sha256).read_bytes()


def is_whole(stored: StoredFile) -> bool:
    """Tell whether the bytes are there and still have their hash."""
    path = path_of(stored.sha256)
    if not path.exists():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == stored.sha256


def _root() -> Path:
    return Path(settings.COUNTERPART_DATA) / "files"


def _put_in_place(temporary: Path, final: Path) -> None:
    """Rename into place and sync the folders, so that a power cut cannot leave a row without its file."""
    if final.exists():
        return
    made = [folder for folder in (final.parent.parent, final.parent) if not folder.exists()]
    final.parent.mkdir(parents=True, exist_ok=True)
    os.chmod(temporary, 0o440)
    os.replace(temporary, final)
    for folder in {final.parent, *(folder.parent for folder in made)}:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
