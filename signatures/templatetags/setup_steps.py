"""The steps of setting up, with those that are done, and the next thing to do."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from signatures.domain.queries.setup_steps import set_up

register = template.Library()
# A step's name in the address, in words, and as what is to be done next.
STEPS = (
    ("check", "read", "What was read", "check what was read"),
    ("register", "register", "Holders", "bring in the register with what each holder holds"),
    ("settings", "thresholds", "Thresholds", "enter the thresholds, or say that there is none"),
    ("pages", "pages", "Signature pages", "issue the signature pages"),
    ("packets", "packets", "Packets", "send the packets"),
)


@register.inclusion_tag("setup/steps.html")
def setup_steps(slug: str, step: str) -> dict[str, Any]:
    """Return the steps of an agreement, empty slug: of one that is being uploaded. `step` is the one that is shown."""
    if not slug:
        return {"first_is_done": False, "steps": [{"word": word} for _, _, word, _ in STEPS]}
    found = set_up(slug)
    steps = []
    following = None
    for name, field, word, to_do in STEPS:
        url = reverse(name, args=[slug]) + ("#thresholds" if name == "settings" else "")
        is_done = bool(getattr(found, field))
        steps.append({"word": word, "url": url, "is_done": is_done, "is_shown": name == step})
        if not is_done and following is None:
            following = {"words": to_do, "url": url, "is_here": name == step}
    board = {"words": "watch the board", "url": reverse("board", args=[slug]), "is_here": False}
    return {"first_is_done": True, "steps": steps, "next": following or board}
