"""An open desk: a page that was read again shows itself, and nothing that a person is doing there is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from signatures.domain.counterparts import reading_again
from signatures.domain.decisions import review, statements, undoing
from signatures.domain.packets import distribution
from signatures.models import ReceivedPage, User
from signatures.paper import returns
from tests.signatures.conftest import LANTERN, NORTH, Collection
from tests.signatures.test_turning import without_codes

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.django_db(transaction=True)
WITHIN = 15_000  # milliseconds: a screen asks every 1.5 s, and a busy machine takes its time to answer


def desk_of(collection: Collection, page: ReceivedPage) -> str:
    return f"/agreements/{collection.agreement.slug}/desk/{page.pk}/"


def test_a_turned_page_shows_itself_upright_and_what_is_typed_stays(
    collection: Collection, page: Page, sign_in: Callable[[Page, User], None]
) -> None:
    row = without_codes(collection, LANTERN, quarters=1)
    sign_in(page, collection.counsel)
    page.set_viewport_size({"width": 1280, "height": 560})
    page.goto(desk_of(collection, row))
    page.wait_for_load_state("networkidle")
    picture = page.locator("[data-sheet=received] .sheet-page > img")
    before = picture.get_attribute("src")
    page.keyboard.press("t")
    page.keyboard.press("r")
    page.get_by_text("It is being read again, and shown here as soon as that is done.").wait_for()
    page.keyboard.press("z")
    page.keyboard.press("m")
    page.keyboard.type("vale")
    page.locator("#found button").wait_for()
    page.keyboard.type("x")  # found nothing: half of a word is still being typed
    page.evaluate("document.querySelector('.desk-facts').scrollTop = 20")
    reading_again.read_again(row.pk)
    page.locator(f"[data-sheet=received] .sheet-page > img:not([src='{before}'])").wait_for(timeout=WITHIN)
    assert page.evaluate("document.activeElement.name") == "find"
    assert page.evaluate("document.activeElement.value") == "valex"
    assert page.locator("input[name=turned]").input_value() == "0"
    assert page.locator("[data-sheet=received] .sheet-page").get_attribute("data-turned") is None
    assert page.evaluate("document.querySelector('[data-sheet=received] .sheet-page').style.width") != ""
    assert page.evaluate("document.querySelector('.desk-facts').scrollTop") == 20
    assert page.locator(".candidate").first.inner_text().startswith("Lantern Capital LLC")
    upright = "image => image.decode().then(() => image.naturalHeight > image.naturalWidth)"
    assert page.locator("[data-sheet=received] .sheet-page > img").evaluate(upright)


def test_a_page_that_a_colleague_identifies_and_the_signatory_speaks_about_shows_both(
    collection: Collection, page: Page, axe: Callable[[Page], None], sign_in: Callable[[Page, User], None]
) -> None:
    row = without_codes(collection, LANTERN)
    sign_in(page, collection.counsel)
    page.goto(desk_of(collection, row))
    page.get_by_text("Which page is this?").wait_for()
    page.wait_for_load_state("networkidle")
    review.correct_match(row, collection.counsel, collection.page(LANTERN))
    page.get_by_text("What this page executes").wait_for(timeout=WITHIN)
    page.keyboard.press("n")
    page.get_by_label("Amount on the page").fill("1,000")
    reading_again.read_again(row.pk)
    page.locator(".outline-signed").wait_for(timeout=WITHIN, state="attached")
    packet = collection.page(LANTERN).packet
    assert packet is not None
    line = str(collection.page(LANTERN).layout["lines"][0]["id"])
    statements.state(packet, row, {(line, "amount"): "1,000,000"})
    page.locator(".stated", has_text="1,000,000").wait_for(timeout=WITHIN)
    axe(page)
    assert page.locator("input[value=blank]").is_checked()  # what a person chose stays chosen
    assert page.get_by_label("Amount on the page").input_value() == "1,000"
    assert page.evaluate("document.activeElement.id").startswith("amount-")
    page.keyboard.press("Escape")
    page.keyboard.press("y")
    page.keyboard.press("Enter")
    page.get_by_text("Nothing left to review").wait_for()
    assert collection.state(LANTERN) == "executed"


@pytest.mark.parametrize("script", [True, False])
def test_a_telephone_types_what_the_page_leaves_blank(
    collection: Collection, chromium: Browser, live_server: object, axe: Callable[[Page], None], script: bool
) -> None:
    collection.send(collection.scan(NORTH))
    packet = collection.page(NORTH).packet
    assert packet is not None
    context = chromium.new_context(java_script_enabled=script, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{live_server.url}/p/{distribution.link_token(packet)}/")  # type: ignore[attr-defined]
    page.get_by_text("Your page leaves the amount blank").wait_for()
    north = page.locator(".portal-page", has_text="North Pier")
    field = north.get_by_label("Amount of notes held")
    field.fill("6,0")
    if script:
        # Another page comes in, the screen is brought up to date, and the field is not touched.
        other = collection.scan("South Pier Fund, L.P.")
        collection.send(other)
        page.locator(".portal-page", has_text="South Pier").get_by_text("Signature found").wait_for(timeout=WITHIN)
        assert page.evaluate("document.activeElement.value") == "6,0"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            axe(page)
    field.fill("6,000,000")
    north.get_by_role("button", name="Send to counsel").click()
    page.get_by_text("You stated: Amount of notes held: 6,000,000").wait_for()
    page.get_by_text("Correct what you stated").click()
    assert field.input_value() == "6,000,000"
    context.close()


def test_pages_are_put_in_order_by_keys_from_the_desk(
    collection: Collection, page: Page, sign_in: Callable[[Page, User], None]
) -> None:
    collection.send(collection.scan(NORTH, LANTERN), "fax.pdf")
    sign_in(page, collection.counsel)
    page.goto(desk_of(collection, ReceivedPage.objects.get(index=1)))
    page.wait_for_load_state("networkidle")
    page.keyboard.press("f")
    page.get_by_role("heading", name="Pages of fax.pdf").wait_for()
    for key, title in (("s", "Document 2 of 2"), ("u", "One document"), *[("Backspace", "")] * 2):
        page.wait_for_load_state("networkidle")
        page.keyboard.press(key)
        page.get_by_role("heading", name=title or "document").first.wait_for()
    page.get_by_role("heading", name="One document").wait_for()
    page.get_by_text("Undone. The pages stand where they stood before.").wait_for()
    names = page.locator(".stands .name").all_inner_texts()
    assert names == [NORTH, "Lantern Capital LLC"]
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    page.keyboard.press("?")
    keys = page.locator("#keys dl").inner_text()
    for words in (
        "Move the page up",
        "Split here, or join",
        "Tick the row",
        "Undo",
        "Find the file that ticked pages belong to",
    ):
        assert words in keys


def test_what_a_colleague_decides_shows_on_every_open_screen(
    collection: Collection, page: Page, sign_in: Callable[[Page, User], None]
) -> None:
    collection.send(collection.scan(LANTERN, NORTH))
    row = ReceivedPage.objects.get(index=0)
    colleague = User.objects.create_user("second@firm.example", "a long enough password", name="Second Counsel")
    packet, line = collection.page(LANTERN).packet, str(collection.page(LANTERN).layout["lines"][0]["id"])
    assert packet is not None
    sign_in(page, collection.counsel)
    board, portal = page.context.new_page(), page.context.new_page()
    page.goto(desk_of(collection, row))
    board.goto(f"/agreements/{collection.agreement.slug}/?show=executed")
    portal.goto(f"/p/{distribution.link_token(packet)}/")
    page.get_by_text("Accept and next").wait_for()
    page.keyboard.press("d")
    page.get_by_label("A word on the defect").fill("half of a wo")
    review.accept(row, colleague, review.Decision(frozenset({line})))
    page.get_by_text("This page was decided about already, by Second Counsel.").wait_for(timeout=WITHIN)
    # What was being typed is still there, but there is nothing left to decide.
    assert page.get_by_text("Accept and next").count() == 0
    assert page.get_by_text("Next page to review").is_visible()
    board.bring_to_front()
    board.get_by_role("link", name=LANTERN).first.wait_for(timeout=WITHIN)
    portal.bring_to_front()
    portal.get_by_text("Accepted", exact=False).first.wait_for(timeout=WITHIN)
    page.bring_to_front()
    undoing.undo(row, colleague)
    page.get_by_text("Accept and next").wait_for(timeout=WITHIN)
    review.hold(ReceivedPage.objects.get(pk=row.pk), collection.counsel)
    ReceivedPage.objects.filter(pk=row.pk).update(held_by=colleague)
    page.get_by_text("Second Counsel has this page open").wait_for(timeout=WITHIN)


def test_a_decision_leads_to_the_next_page_as_the_last_one_was_looked_at(
    collection: Collection, page: Page, sign_in: Callable[[Page, User], None]
) -> None:
    collection.send(collection.scan(NORTH, LANTERN))
    one, two = ReceivedPage.objects.order_by("id")
    sign_in(page, collection.counsel)
    page.goto(desk_of(collection, one))
    page.wait_for_load_state("networkidle")
    assert page.locator("[data-next-picture]").count() == 2
    page.keyboard.press("z")
    page.keyboard.press("l")
    page.keyboard.press("ArrowRight")
    # How the next page stands when it is painted for the first time.
    page.evaluate(
        """() => document.addEventListener("htmx:afterSwap", () => requestAnimationFrame(() => {
          const sheet = document.querySelector("[data-sheet=received] .sheet-page");
          if (sheet) window.first ??= [sheet.style.width, sheet.querySelector("img").style.filter,
            sheet.querySelector("img").complete, document.activeElement.hasAttribute("data-begin")];
        }))"""
    )
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/{two.pk}/")
    page.wait_for_function("window.first")
    width, brightness, complete, focused = page.evaluate("window.first")
    assert (width.endswith("%"), brightness, complete, focused) == (True, "brightness(110%) contrast(110%)", True, True)
    assert "accepted, North Pier Fund" in page.locator(".undo-button").inner_text()
    page.keyboard.press("Backspace")
    page.wait_for_url(f"**/desk/{one.pk}/")
    page.get_by_text("Undone: accepted, North Pier Fund, L.P..").wait_for()
    assert collection.state(NORTH) == "in review"


def test_on_a_telephone_one_bar_holds_what_can_be_done(
    collection: Collection, page: Page, axe: Callable[[Page], None], sign_in: Callable[[Page, User], None]
) -> None:
    collection.send(returns.as_scan([collection.sheet(NORTH, strike_out=True)]))
    sign_in(page, collection.counsel)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(desk_of(collection, ReceivedPage.objects.get()))
    bar = page.locator(".desk-actions")
    box = bar.bounding_box()
    assert box is not None
    assert box["height"] <= 116
    assert box["y"] + box["height"] == 844
    assert all(one.bounding_box()["height"] >= 44 for one in bar.locator(".button:visible").all())  # type: ignore[index]
    # A refusal is said at the thumb, where what it asks for is at hand too.
    page.get_by_role("button", name="Accept and next").click()
    page.get_by_role("alert").get_by_text("Say whether North Pier Fund, L.P. is signed.").wait_for()
    # The signature that is judged is on the screen with the answers, above them.
    choice, line = page.locator(".bar-choice").bounding_box(), page.locator(".outline-signed").bounding_box()
    assert choice is not None
    assert line is not None
    assert 0 < line["y"] < line["y"] + line["height"] < choice["y"] < 844
    signed = bar.get_by_role("button", name="Signed", exact=True)
    signed.click()
    assert (signed.get_attribute("aria-pressed"), page.locator("input[value=signed]").is_checked()) == ("true", True)
    page.keyboard.press("n")
    assert (signed.get_attribute("aria-pressed"), page.locator("input[value=blank]").is_checked()) == ("false", True)
    bar.get_by_role("button", name="Not signed, next").wait_for()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        axe(page)
    # It covers nothing for good: at the very end it comes after the issued page.
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    issued, box = page.locator(".sheet-issued").bounding_box(), bar.bounding_box()
    assert issued is not None
    assert box is not None
    assert issued["y"] + issued["height"] < box["y"] + 1
    page.get_by_role("button", name="More").click()
    axe(page)
    for name in ("Defect", "Other page", "Set aside"):
        bar.locator("summary", has_text=name).wait_for()
    bar.locator("summary", has_text="Set aside").click()
    page.get_by_role("button", name="A fax cover sheet").click()
    page.get_by_text("Nothing left to review").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Undone: set aside, North Pier Fund, L.P..").wait_for()
