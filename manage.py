#!/usr/bin/env python3
"""Runs the commands of Counterpart: `python3 manage.py demo`, `test`, and all others."""

import sys

if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - said in a sentence, instead of a syntax error further on
        sys.exit("Counterpart needs Python 3.11 or newer; this is " + sys.version.split()[0] + ".")
    from config.start import main

    sys.exit(main(sys.argv))
