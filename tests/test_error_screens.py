"""The screens for what went wrong: whole without a person, a request or a database."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "That could not be understood"),
        (403, "Not open to you"),
        (404, "Nothing here"),
        (500, "Something went wrong on our side"),
    ],
)
def test_what_went_wrong_is_said_without_anything_else(status: int, said: str) -> None:
    screen = render_to_string(f"{status}.html")
    assert f"<title>{said} · Counterpart</title>" in screen
    assert f'<h1 class="title">{said}</h1>' in screen
    assert screen.count("<main") == 1
