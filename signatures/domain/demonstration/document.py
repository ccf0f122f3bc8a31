"""The demonstration's agreement and register: a text of its own words around the facts, and invented amounts."""

from __future__ import annotations

import csv
import io

from holders.names import read_chain
from signatures.domain.demonstration.facts import HOLDERS, ISSUER, NOTES, TITLE, HolderFacts
from signatures.domain.register.register_file import COLUMNS

_BODY = f"""{TITLE.upper()}

This First Amendment to the Forbearance Agreement, dated September 24, 2007 (the "First Amendment"), is made
between {ISSUER}, a Delaware corporation (the "Company"), and each of the undersigned
holders (each a "Holder") of the Company's {NOTES} (the "Notes"), issued under the Indenture dated as of
December 18, 2003, as supplemented by the First Supplemental Indenture dated as of May 25, 2007, between the
Company and Wilmington Trust Company, as Trustee.

The text below was written for a demonstration. It is not the agreement that these parties signed, and every
amount, percentage and deadline that the demonstration shows is invented.

1. The Company and the Holders are parties to the Forbearance Agreement dated as of May 25, 2007. They now
lengthen the period of forbearance under it: the period that began on May 25, 2007 shall run to January 24,
2008, unless it ends sooner under the terms of that agreement.

2. Nothing else in the Forbearance Agreement changes. The two documents are to be read as one.

3. The parties may sign this First Amendment in counterparts, which together are one instrument. A signature
page that is sent by facsimile or as an electronic picture has the same effect as the original, and delivery of
an original is not needed. Only a Holder that signs is bound.

IN WITNESS WHEREOF, each party has caused its authorized signatory to sign and deliver this First Amendment,
with effect from the date stated at its head.

{ISSUER}

By: ______________________
Name: Warren Delano
Title: President
"""


def agreement_text() -> bytes:
    """Return the agreement as a text file."""
    return (_BODY + "".join(_block(one) for one in HOLDERS)).encode()


def _block(holder: HolderFacts) -> str:
    chain = "".join(f"\nBy: {entity.upper()}, its {capacity}\n" for entity, capacity in read_chain(holder.chain))
    address = "\n".join(holder.address)
    return f"""
Name of Holder: {holder.name}
Address: {address}

Amount of {NOTES} Beneficially Owned: ______________

{holder.name.upper()}
{chain}
By: ______________________
Name: {holder.signatory}
Title: {holder.title}
"""


def register() -> bytes:
    """Return the register as a CSV file, with the invented amounts and e-mail addresses."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, [column for column in COLUMNS if not column.startswith(("send", "disregarded"))])
    writer.writeheader()
    for holder in HOLDERS:
        writer.writerow(
            {
                "holder": holder.name,
                "principal": f"{int(holder.principal):,}",
                "address": "\n".join(holder.address),
                "chain": holder.chain,
                "signatory": holder.signatory,
                "title": holder.title,
                "email": holder.email,
                "record_date": "2007-09-24",
            }
        )
    return out.getvalue().encode()
