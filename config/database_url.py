"""The address of a PostgreSQL database as one URL, and as Django wants it. Standard library only."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from config.places import CannotStart


def django_database(url: str) -> dict[str, Any]:
    """Return Django's settings for `postgresql://user:password@host:port/name?option=value`.

    `host=/folder` among the options names a folder of sockets, as in libpq's own URLs; other options go to libpq.
    Raises CannotStart if the URL is not one of PostgreSQL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise CannotStart(f"DATABASE_URL cannot be read: {error}.") from error
    if parts.scheme not in {"postgresql", "postgres"}:
        raise CannotStart("DATABASE_URL must begin with postgresql:// (Counterpart keeps its data in PostgreSQL only).")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "counterpart",
        "USER": options.pop("user", unquote(parts.username or "")),
        "PASSWORD": options.pop("password", unquote(parts.password or "")),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": options.pop("port", str(port or "")),
        "OPTIONS": options,
    }


def socket_url(folder: str, port: int, user: str, name: str) -> str:
    """Return the URL of a database that is reached through a socket in this folder."""
    query = urlencode({"host": folder, "port": port})
    return f"postgresql://{quote(user)}@/{quote(name)}?{query}"
