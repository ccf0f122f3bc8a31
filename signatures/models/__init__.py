"""What the database holds. Only `signatures.domain` writes it."""

from signatures.models.access import Membership, Role, User
from signatures.models.answered import QuestionAnswer
from signatures.models.audit import AuditEvent, AuditHead
from signatures.models.background import (
    DocumentReading,
    OwnPdfSearch,
    RegisterImport,
    RegisterPreview,
    TextComparison,
    VersionReading,
    WorkState,
)
from signatures.models.best_copy import BestCopy
from signatures.models.carrying import Answer, Authority, CarryOver
from signatures.models.changes import BlockChange
from signatures.models.client_link import ClientLink
from signatures.models.closing import Counterpart, Defect, Execution, Threshold
from signatures.models.effective import Effectiveness
from signatures.models.issued import (
    Agreement,
    BlockState,
    Channel,
    FurtherDocument,
    Packet,
    Particular,
    PlacedBlock,
    SignatureBlock,
    SignatureLine,
    SignaturePage,
    StoredFile,
    Version,
)
from signatures.models.joined import Joinder
from signatures.models.noted import Note
from signatures.models.own_pages import OwnLine, OwnPage, OwnPdf
from signatures.models.page_template import PageTemplate
from signatures.models.placed import PagePlace
from signatures.models.proxies import IndentureConsent, Proxy
from signatures.models.received import Match, PageState, Reading, ReceivedPage, Submission
from signatures.models.revoked import Revocation
from signatures.models.sent import AccountLetter, Dispatch, DispatchState, Letter, LetterKind, ReminderPlan
from signatures.models.stated import Statement
from signatures.models.status_file import StatusFile
from signatures.models.tabulated import TabulationReport
from signatures.models.voiding import Voiding

__all__ = [
    "AccountLetter",
    "Agreement",
    "Answer",
    "AuditEvent",
    "AuditHead",
    "Authority",
    "BestCopy",
    "BlockChange",
    "BlockState",
    "CarryOver",
    "Channel",
    "ClientLink",
    "Counterpart",
    "Defect",
    "Dispatch",
    "DispatchState",
    "DocumentReading",
    "Effectiveness",
    "Execution",
    "FurtherDocument",
    "IndentureConsent",
    "Joinder",
    "Letter",
    "LetterKind",
    "Match",
    "Membership",
    "Note",
    "OwnLine",
    "OwnPage",
    "OwnPdf",
    "OwnPdfSearch",
    "Packet",
    "PagePlace",
    "PageState",
    "PageTemplate",
    "Particular",
    "PlacedBlock",
    "Proxy",
    "QuestionAnswer",
    "Reading",
    "ReceivedPage",
    "RegisterImport",
    "RegisterPreview",
    "ReminderPlan",
    "Revocation",
    "Role",
    "SignatureBlock",
    "SignatureLine",
    "SignaturePage",
    "Statement",
    "StatusFile",
    "StoredFile",
    "Submission",
    "TabulationReport",
    "TextComparison",
    "Threshold",
    "User",
    "Version",
    "VersionReading",
    "Voiding",
    "WorkState",
]
