"""Letters put into a folder instead of sent: for trying the site without a mail server."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Writes each letter to a file of its own in `EMAIL_FILE_PATH`, named by when and to whom."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        """Return how many were written. Raises OSError."""
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        for message in messages:
            now = datetime.datetime.now(datetime.UTC)
            to = re.sub(r"[^\w@.+ -]", "_", ", ".join(message.to))[:100]
            with (folder / f"{now:%Y-%m-%d %H.%M.%S.%f} to {to}.eml").open("xb") as file:
                file.write(message.message().as_bytes())
        return len(messages)
