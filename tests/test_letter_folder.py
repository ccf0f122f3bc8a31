"""Letters that are put into a folder instead of sent."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path
from typing import Any

import pytest
from django.core import mail


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "config.letter_folder.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "letters")
    return tmp_path / "letters"


def test_each_letter_is_a_file_that_a_mail_program_opens(folder: Path) -> None:
    for name in ("Zoë", "Max"):
        mail.EmailMessage(f"For {name}", "Please sign.", "pages@firm.example", [f"{name}/a <max@fund.example>"]).send()
    files = sorted(folder.iterdir())
    assert [path.name[27:] for path in files] == ["to Zoë_a _max@fund.example_.eml", "to Max_a _max@fund.example_.eml"]
    letters = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]
    assert [letter["Subject"] for letter in letters] == ["For Zoë", "For Max"]
    assert letters[0].get_content().strip() == "Please sign."
