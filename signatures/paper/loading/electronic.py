"""Electronic signatures on a PDF page: signed fields, marks of signing services, what was drawn or typed over it."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as raw

_MOST_ANNOTATIONS = 500
_MOST_TEXT = 100_000  # characters
_HIDDEN = 0x02  # annotation flag, PDF Reference 1.7, 8.4.2
# Neither covers anything of the page.
_UNSEEN = (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP)
_OVERLAID = {
    raw.FPDF_ANNOT_INK: "A drawing was put over this page by a program (perhaps a signature).",
    raw.FPDF_ANNOT_STAMP: "A stamp or picture was put over this page by a program (perhaps a signature).",
    raw.FPDF_ANNOT_FREETEXT: "Text was typed over this page by a program (perhaps a signature).",
}
# What the services print beside a signature or in the margin. Their bare names also stand in agreements.
_SERVICES = (
    ("DocuSign", re.compile(r"docusigned by|docusign envelope id|docusign,? inc", re.I)),
    ("Adobe Acrobat Sign", re.compile(r"\(\w{3} \d{1,2}, \d{4} \d{1,2}:\d\d(:\d\d)? ?[A-Z+\-0-9:']{2,9}\)")),
    ("Adobe Acrobat Sign", re.compile(r"adobe (acrobat )?sign transaction|echosign", re.I)),
    ("Dropbox Sign", re.compile(r"doc id: ?[0-9a-f]{32,40}|(hellosign|dropbox sign) (audit|document)", re.I)),
    ("PandaDoc", re.compile(r"pandadoc (document|certificate|id)|signed with pandadoc", re.I)),
    ("SignNow", re.compile(r"signnow (e-?signature|document) id", re.I)),
    (
        "OneSpan Sign",
        re.compile(r"(e-?signlive|onespan sign) (document|transaction)", re.I),
    ),
    ("Zoho Sign", re.compile(r"zoho sign document id", re.I)),
    ("RightSignature", re.compile(r"rightsignature (document|certificate)", re.I)),
    ("An electronic signature", re.compile(r"\b(electronically|digitally|e-?) ?signed (by|via|on)\b", re.I)),
)
_MAKERS = re.compile(r"docusign|echosign|adobe sign|acrobat sign|hellosign|dropbox sign|pandadoc|signnow|onespan", re.I)


@dataclass(frozen=True)
class Annotations:
    """The annotations to be seen on a page: how many, of which kinds, whether a signature field is among them."""

    shown: int
    kinds: frozenset[int]
    signature_field: bool


def annotations_of(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Annotations:
    """Return what lies over the page. Hidden annotations and links do not."""
    shown, kinds, field = 0, set(), False
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_ANNOTATIONS)):
        with _annotation(page, index) as annotation:
            if not annotation:
                continue
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            if kind in _UNSEEN or raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
                continue
            shown += 1
            kinds.add(kind)
            if kind == raw.FPDF_ANNOT_WIDGET and document.formenv:
                field = field or (
                    raw.FPDFAnnot_GetFormFieldType(document.formenv, annotation) == raw.FPDF_FORMFIELD_SIGNATURE
                )
    return Annotations(shown, frozenset(kinds), field)


def signing_marks(
    document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, annotations: Annotations, has_text: bool
) -> str | None:
    """Return sentences that say which electronic signatures the page and its file carry, None if there are none."""
    found = []
    signatures = _digital_signatures(document)
    if signatures:
        where = "on this page" if annotations.signature_field else "in this PDF"
        found.append(f"There is a digital signature {where}{signatures[0]}.")
    service = _service(page) if has_text else None
    if service is not None:
        found.append(f"{service} left its mark on this page." if service[:3] != "An " else f"{service} is named here.")
    elif maker := _maker(document):
        found.append(f"This PDF was made by {maker}.")
    found += [sentence for kind, sentence in _OVERLAID.items() if kind in annotations.kinds]
    return " ".join(found) or None


@contextmanager
def _annotation(page: pypdfium2.PdfPage, index: int) -> Iterator[raw.FPDF_ANNOTATION]:
    annotation = raw.FPDFPage_GetAnnot(page, index)
    try:
        yield annotation
    finally:
        if annotation:
            raw.FPDFPage_CloseAnnot(annotation)


def _digital_signatures(document: pypdfium2.PdfDocument) -> list[str]:
    """Return for each field that is signed when that was, as ", dated 2007-09-24", or nothing."""
    signed = []
    for index in range(min(max(0, raw.FPDF_GetSignatureCount(document)), 50)):
        signature = raw.FPDF_GetSignatureObject(document, index)
        if signature and raw.FPDFSignatureObj_GetContents(signature, None, 0) > 0:
            time = ctypes.create_string_buffer(64)
            raw.FPDFSignatureObj_GetTime(signature, time, 64)
            date = re.match(rb"D:(\d{4})(\d\d)(\d\d)", time.value)
            signed.append(f", dated {b'-'.join(date.groups()).decode()}" if date else "")
    return signed


def _service(page: pypdfium2.PdfPage) -> str | None:
    try:
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError:
        return None
    try:
        count = min(text_page.count_chars(), _MOST_TEXT)
        text = text_page.get_text_range(0, count) if count > 0 else ""
    finally:
        text_page.close()
    text = " ".join(text.split())
    return next((name for name, pattern in _SERVICES if pattern.search(text)), None)


def _maker(document: pypdfium2.PdfDocument) -> str | None:
    for key in ("Producer", "Creator"):
        found = _MAKERS.search(document.get_metadata_value(key))
        if found:
            return found.group()
    return None
