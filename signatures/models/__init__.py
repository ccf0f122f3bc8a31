"""What the database holds. Only `signatures.domain` writes it."""

from signatures.models.access import Membership, Role, User
from signatures.models.audit import AuditEvent, AuditHead
from signatures.models.closing import Counterpart, Defect, Execution, Threshold
from signatures.models.issued import (
    Agreement,
    BlockState,
    Channel,
    Packet,
    Particular,
    PlacedBlock,
    SignatureBlock,
    SignatureLine,
    SignaturePage,
    StoredFile,
    Version,
)
from signatures.models.received import Match, PageState, Reading, ReceivedPage, Submission

__all__ = [
    "Agreement",
    "AuditEvent",
    "AuditHead",
    "BlockState",
    "Channel",
    "Counterpart",
    "Defect",
    "Execution",
    "Match",
    "Membership",
    "Packet",
    "PageState",
    "Particular",
    "PlacedBlock",
    "Reading",
    "ReceivedPage",
    "Role",
    "SignatureBlock",
    "SignatureLine",
    "SignaturePage",
    "StoredFile",
    "Submission",
    "Threshold",
    "User",
    "Version",
]
