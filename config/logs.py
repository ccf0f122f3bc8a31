"""What of the worker's many lines is worth a line on standard error."""

from __future__ import annotations

import logging


class Trouble(logging.Filter):
    """Lets warnings pass, and of the lower lines only that a job failed and will be tried again."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING or getattr(record, "action", "") in {
            "job_error_retry",
            "job_aborted_retry",
        }
