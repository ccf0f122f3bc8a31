"""Addresses of the screens. A holder's link is the only one that wants no account."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, path

from signatures.views import (
    access,
    agreements,
    arranging,
    board,
    carrying,
    defects,
    desk,
    exports,
    holder,
    letters,
    originals,
    packets,
    pictures,
    portal,
    proxies,
    received,
    register,
    setup,
    status_pdf,
    tabulation,
    terms,
    versions,
    voiding,
)


def inside(route: str, view: Any, name: str) -> URLPattern:
    """An address for people who are signed in."""
    return path(route, login_required(view), name=name)


AGREEMENT = "agreements/<slug:slug>/"

urlpatterns = [
    path("sign-in/", access.sign_in, name="sign_in"),
    path("sign-out/", access.sign_out, name="sign_out"),
    inside("", agreements.agreements, "agreements"),
    inside("agreements/new/", setup.new, "agreement_new"),
    inside(AGREEMENT, board.board, "board"),
    inside(AGREEMENT + "live/", board.live, "board_live"),
    inside(AGREEMENT + "status.xlsx", exports.workbook, "status_xlsx"),
    inside(AGREEMENT + "status.csv", exports.board_csv, "status_csv"),
    inside(AGREEMENT + "status.pdf", status_pdf.status_pdf, "status_pdf"),
    inside(AGREEMENT + "tabulation/", tabulation.tabulation, "tabulation"),
    inside(AGREEMENT + "act/", board.act, "board_act"),
    inside(AGREEMENT + "originals/", originals.enter, "originals"),
    inside(AGREEMENT + "originals/undo/", originals.undo, "originals_undo"),
    inside(AGREEMENT + "parties/<int:block_id>/", holder.holder, "holder"),
    inside(AGREEMENT + "received/", received.received, "received"),
    inside(AGREEMENT + "received/live/", received.live, "received_live"),
    inside(AGREEMENT + "received/<int:page_id>/", received.page, "received_page"),
    inside(AGREEMENT + "received/<int:page_id>/bring-back/", received.bring_back, "bring_back"),
    inside(AGREEMENT + "received/<int:page_id>/thumbnail.jpg", pictures.thumbnail, "picture_thumbnail"),
    inside(AGREEMENT + "received/<int:page_id>/page.jpg", pictures.upright, "picture_upright"),
    inside(AGREEMENT + "files/<uuid:file_id>/", pictures.original, "original"),
    inside(AGREEMENT + "files/<uuid:file_id>/pages/", arranging.arrange, "arrange"),
    inside(AGREEMENT + "files/<uuid:file_id>/pages/undo/", arranging.undo, "arrange_undo"),
    inside(AGREEMENT + "issued/<int:page_id>/page.png", pictures.issued, "picture_issued"),
    inside(AGREEMENT + "issued/<int:page_id>/page.pdf", pictures.issued_pdf, "issued_pdf"),
    inside(AGREEMENT + "issued/<int:page_id>/void/", voiding.void, "page_void"),
    path("p/<str:token>/", portal.portal, name="portal"),
    path("p/<str:token>/live/", portal.live, name="portal_live"),
    path("p/<str:token>/upload/", portal.upload, name="portal_upload"),
    path("p/<str:token>/state/<int:page_id>/", portal.state, name="portal_state"),
    path("p/<str:token>/agreement.pdf", portal.agreement_pdf, name="portal_agreement"),
    path("p/<str:token>/pages.pdf", portal.pages_pdf, name="portal_pages"),
    path("p/<str:token>/page/<str:number>.pdf", portal.pages_pdf, name="portal_page"),
    path("p/<str:token>/thumbnail/<int:page_id>.jpg", portal.thumbnail, name="portal_thumbnail"),
    inside(AGREEMENT + "desk/", desk.desk, "desk"),
    inside(AGREEMENT + "desk/queue/", desk.queue, "desk_queue"),
    inside(AGREEMENT + "desk/find/", desk.find, "desk_find"),
    inside(AGREEMENT + "desk/undo/", desk.undo, "desk_undo"),
    inside(AGREEMENT + "desk/<int:page_id>/", desk.desk, "desk_page"),
    inside(AGREEMENT + "desk/<int:page_id>/decide/", desk.decide, "desk_decide"),
    inside(AGREEMENT + "desk/<int:page_id>/file/", arranging.file_of, "desk_file"),
    inside(AGREEMENT + "defects/<int:defect_id>/", defects.settle, "defect_settle"),
    inside(AGREEMENT + "check/", setup.check, "check"),
    inside(AGREEMENT + "register/", register.holders, "register"),
    inside(AGREEMENT + "register/empty.csv", register.register_template, "register_template"),
    inside(AGREEMENT + "register/export.csv", register.register_export, "register_export"),
    inside(AGREEMENT + "pages/", setup.pages, "pages"),
    inside(AGREEMENT + "pages/all.pdf", setup.pages_pdf, "pages_pdf"),
    inside(AGREEMENT + "packets/", packets.packets, "packets"),
    inside(AGREEMENT + "packets/all.zip", packets.packets_zip, "packets_zip"),
    inside(AGREEMENT + "packets/<int:packet_id>.pdf", packets.packet_pdf, "packet_pdf"),
    inside(AGREEMENT + "packets/<int:packet_id>/renew/", packets.packet_renew, "packet_renew"),
    inside(AGREEMENT + "packets/send/", packets.send, "packets_send"),
    inside(AGREEMENT + "packets/<int:packet_id>/address/", packets.address, "packet_address"),
    inside(AGREEMENT + "sent/<int:dispatch_id>/", packets.dispatch, "dispatch"),
    inside(AGREEMENT + "letters/", letters.letters, "letters"),
    inside(AGREEMENT + "letters/plan/", letters.plan, "reminder_plan"),
    inside(AGREEMENT + "versions/", versions.versions, "versions"),
    inside(AGREEMENT + "versions/<int:number>/", versions.version, "version"),
    inside(AGREEMENT + "carry-over/", carrying.carry_over, "carry_over"),
    inside(AGREEMENT + "carry-over/<int:row_id>/evidence/", carrying.evidence, "carry_over_evidence"),
    inside(AGREEMENT + "terms/", terms.settings, "settings"),
    inside(AGREEMENT + "terms/certain/", terms.certain, "certain"),
    inside(AGREEMENT + "terms/consent/", proxies.consent, "indenture_consent"),
    inside(AGREEMENT + "parties/<int:block_id>/proxy/", proxies.proxy, "proxy"),
    inside(AGREEMENT + "terms/thresholds/", terms.threshold_set, "threshold_set"),
    inside(AGREEMENT + "terms/thresholds/<int:threshold_id>/end/", terms.threshold_end, "threshold_end"),
]
