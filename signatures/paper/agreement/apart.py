"""Reading an agreement in a process of its own: somebody's file may crash, hang or swell what opens it.

The process gets the file on its standard input and answers with JSON: {"unreadable": sentence} or
{"text": text, "kept": what `as_kept` returns}.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from signatures.paper import child

from .kept import as_kept, from_kept
from .parsed import ParsedAgreement, UnreadableAgreement
from .reader import parse_agreement

_ROOT = Path(__file__).resolve().parent.parent.parent.parent
_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "HOME")  # no address or secret of ours
_SECONDS = 120  # an agreement of 1,000 pages takes 15 on a slow machine
_MEMORY = 2 << 30  # bytes


def parse_apart(data: bytes, file_name: str, seconds: float = _SECONDS, memory: int = _MEMORY) -> ParsedAgreement:
    """Do what `parse_agreement` does, in a process that has no network, so many seconds and bytes of memory.

    Raises UnreadableAgreement, also where the process does not come to an end or is brought down.
    """
    command = [sys.executable, "-m", "signatures.paper.agreement.apart", file_name, str(memory), str(os.getpid())]
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    try:
        ended = subprocess.run(
            command, input=data, capture_output=True, cwd=_ROOT, env=environment, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableAgreement(
            f"{file_name} took too long to be read. Save it again, as PDF or as plain text, and upload that."
        ) from error
    try:
        answer = json.loads(ended.stdout)
        if "unreadable" in answer:
            raise UnreadableAgreement(answer["unreadable"])
        return from_kept(answer["kept"], answer["text"])
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableAgreement(
            f"{file_name} could not be read: it is damaged, or too large. Save it again, as PDF or as plain text, and "
            "upload that."
        ) from error


def _answer(data: bytes, file_name: str) -> bytes:
    try:
        parsed = parse_agreement(data, file_name)
    except UnreadableAgreement as error:
        return json.dumps({"unreadable": str(error)}).encode()
    return json.dumps({"text": parsed.text, "kept": as_kept(parsed)}).encode()


if __name__ == "__main__":
    child.shut_in(int(sys.argv[3]))
    child.limit(int(sys.argv[2]))
    sys.stdout.buffer.write(_answer(sys.stdin.buffer.read(), sys.argv[1]))
