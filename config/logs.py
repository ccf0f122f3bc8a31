"""What goes to standard error: of the worker's many lines those that tell of trouble, and of no address its secret."""

from __future__ import annotations

import logging
import re

# Addresses that open something for whoever has them: a packet's, a client's, and that to choose a password.
_SECRET = re.compile(r"(/(?:p|look|password/choose/[^/\s]+)/)[^/\s?]+")


class Trouble(logging.Filter):
    """Lets warnings pass, and of the lower lines only that a job failed and will be tried again."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING or getattr(record, "action", "") in {
            "job_error_retry",
            "job_aborted_retry",
        }


class WithoutSecrets(logging.Filter):
    """Lets every line pass, without the secrets of the addresses that it tells: who reads the log opens nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _SECRET.sub(r"\1...", record.getMessage()), ()
        return True
