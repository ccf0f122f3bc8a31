"""What a person reads on a screen."""

from __future__ import annotations

import re
from typing import Any


def text_of(response: Any) -> str:
    """Return the words of an answer without its tags, with single spaces between them."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))
