#!/usr/bin/env python3
"""Runs the commands of Counterpart: `python3 manage.py demo`, `test`, and all others."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
