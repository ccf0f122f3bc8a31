"""Real scanned and faxed letters: none of them is ever taken for one of our pages."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from signatures.paper.reading import Reading
from signatures.paper.recognition import Expected, recognise

LETTERS = Path(__file__).resolve().parents[2].parent / "shared" / "scans" / "letters"
EXPECTED = (
    Expected(
        "A",
        ("Jefferies High Yield Trading, LLC",),
        ("Robert Chung",),
        ("Sandler Capital Management", "Serf Corp"),
        "First Amendment to Forbearance Agreement",
        "K7H 4QM 2XD",
    ),
    Expected(
        "B", ("Cape Fund II, LP", "Hedgehog Capital LLC"), ("J. T. King",), (), "Consent and Waiver", "9PW C3T LLA"
    ),
)


@pytest.mark.skipif(not LETTERS.is_dir(), reason="../shared is not there")
@pytest.mark.parametrize("letter", sorted(LETTERS.glob("*.tif")), ids=lambda path: path.name)
def test_no_letter_is_one_of_our_pages(letter: Path) -> None:
    with Image.open(letter) as picture:
        gray = picture.convert("L")
    gray.thumbnail((1700, 2600))
    stored = io.BytesIO()
    gray.save(stored, "JPEG", quality=80)
    page = recognise(stored.getvalue(), Reading("test", "unidentified"), EXPECTED)
    assert page.kind in ("foreign", "cover", "unidentified")
    assert page.candidates == ()
