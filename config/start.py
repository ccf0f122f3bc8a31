"""What `manage.py` does: finds the environment, brings up the database, and hands over to the command.

Nothing outside the standard library may be imported before the environment is there.
"""

from __future__ import annotations

import os
import sys
import time

from config import environment
from config.places import CHECKOUT, CannotStart, data_folder

# These read and write no rows.
WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "diffsettings",
    "findstatic",
    "help",
    "parse_agreement",
    "version",
    "--help",
    "--version",
}
# These concern the schema itself, so it is not brought up to date before them.
WITHOUT_MIGRATING = {"dbshell", "makemigrations", "migrate", "showmigrations", "sqlmigrate", "squashmigrations"}


def main(arguments: list[str]) -> int:
    """Run the command and return its exit status: 1 and one sentence where it cannot even start."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = arguments[1] if len(arguments) > 1 else "help"
    os.environ.setdefault("COUNTERPART_STARTED", str(time.time()))  # kept when the process is replaced
    try:
        environment.enter(environment.TEST_LOCK if command == "test" else environment.RUN_LOCK)
        if command == "test":
            return _run_tests(arguments[2:])
        if command == "demo":
            from config import demo

            return demo.main(arguments[2:])
        if command == "worker":
            from config import worker

            return worker.main(arguments[2:])
        return _run_django(command, arguments)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run_django(command: str, arguments: list[str]) -> int:
    if _needs_database(command, arguments[2:]):
        from config import database

        database.bring_up(migrate=command not in WITHOUT_MIGRATING)
    from django.core.management import execute_from_command_line

    execute_from_command_line(arguments)
    return 0


def _needs_database(command: str, options: list[str]) -> bool:
    # what bench measures of reading pages and agreements touches no rows
    plain = command == "bench" and bool({"paper", "parse"} & set(options))
    return not (plain or command in WITHOUT_DATABASE or {"-h", "--help"} & {command, *options})


def _run_tests(arguments: list[str]) -> int:
    """Replace this process by pytest. The arguments are pytest's; three processes unless they say otherwise."""
    os.chdir(CHECKOUT)
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)  # pytest's configuration names the tests' own
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        # each of the many processes that tests start would compile everything anew: seconds each
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(data_folder() / "compiled"))
    several = [] if any(_sets_processes(argument) for argument in arguments) else ["-n", "3", "--dist", "worksteal"]
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *several, *arguments])


def _sets_processes(argument: str) -> bool:
    # A debugger and a list of tests need one process as much as a number that was given.
    return argument.startswith(("-n", "--numprocesses", "--pdb", "--co", "--dist"))
