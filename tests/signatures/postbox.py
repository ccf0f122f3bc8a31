"""A real SMTP server that keeps what it is sent, and the settings that lead to it."""

from __future__ import annotations

import email
import email.policy
import socket
import subprocess
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller


class Postbox:
    """Takes every message but those to an address that it refuses."""

    def __init__(self) -> None:
        self.caught: list[EmailMessage] = []
        self.refused: set[str] = set()
        # A process that is killed as soon as its message is here, before it can know.
        self.killing: subprocess.Popen[bytes] | None = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.caught.append(message)
        if self.killing is not None:
            self.killing.kill()
            self.killing.wait()
        return "250 OK"


@pytest.fixture
def postbox(settings: Any) -> Iterator[Postbox]:
    box = Postbox()
    server = Controller(box, hostname="127.0.0.1", port=0)
    # The controller calls its own port to see whether it is up, so it must know which one it was given.
    server.port = _free_port()
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.DEFAULT_FROM_EMAIL = "signatures@firm.example"
    yield box
    server.stop()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
