"""A standard fax, whose rows are coarse: print that has run is no writing, a word struck out is."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from signatures.paper.blank import prepare_blanks
from signatures.paper.code import new_key
from signatures.paper.drawing import BlockToDraw, Drawn, LineToDraw, PageToDraw, draw_pages
from signatures.paper.engine import read_page
from signatures.paper.limits import Limits
from signatures.paper.reading import Issued
from signatures.paper.returns import as_fax, page_pixels, sign
from signatures.paper.split import split

NAMES = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Juniper", "Laurel")
TITLE = "Waiver and Consent under the Indenture"
CLAUSE = (
    "IN WITNESS WHEREOF, each party has caused its authorized signatory to sign and deliver this First Amendment, with "
    "effect from the date stated at its head."
)


@lru_cache(maxsize=1)
def issued() -> Drawn:
    pages = []
    for number, name in enumerate(NAMES):
        block = BlockToDraw(
            f"b{number}",
            "holder",
            f"{name} Capital Structure Opportunities Master Fund, L.P.",
            (LineToDraw(f"l{number}", f"Maya {name} Fenwick", "Principal"),),
            chain=((f"{name} Capital Associates LLC", "General Partner", None),),
            address="100 Pier Street, Suite 1850",
            amount_caption="Amount of 12% Senior Subordinated Notes due August 1, 2019 Beneficially Owned",
        )
        pages.append(PageToDraw(new_key(bytes([number] * 9)), TITLE, CLAUSE, (block,), version=1))
    return draw_pages(pages)


@pytest.mark.parametrize("strike_out", [False, True])
def test_only_what_a_hand_changed_is_reported(strike_out: bool, tmp_path: Path) -> None:
    drawn = issued()
    blanks = prepare_blanks(drawn.pdf, drawn.layouts)
    known = {one.payload: Issued(one, blank) for one, blank in zip(drawn.layouts, blanks, strict=True)}
    sheets = [
        sign(page_pixels(drawn.pdf, at), layout, [f"l{at}"], {}, seed=at, strike_out=strike_out)
        for at, layout in enumerate(drawn.layouts)
    ]
    fax = tmp_path / "fax.tif"
    fax.write_bytes(as_fax(sheets, None, fine=False))
    pages = split(fax, Limits())
    said = [read_page(pages.load(at), known.get, at).reading.other_ink for at in range(pages.count)]
    pages.close()
    assert said == [strike_out] * len(NAMES)
