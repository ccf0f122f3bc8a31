"""`manage.py worker`: does the jobs of the site, such as reading received pages.

Any number of these may run, on several machines; one that is killed leaves its job to the others, who take it when
its signs of life have stopped for COUNTERPART_STALLED_SECONDS.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import subprocess
import sys
import time

from config import database
from config.children import dies_with_parent
from config.places import CHECKOUT

# So many processes in a row that ended within so many seconds: there is something that a restart does not help.
_USELESS_STARTS = 6
_USELESS_SECONDS = 10


def main(arguments: list[str]) -> int:
    """Work until SIGTERM or SIGINT, in as many processes as asked for."""
    parser = argparse.ArgumentParser(prog="manage.py worker", description="Do the jobs of the site.")
    parser.add_argument("--processes", type=int, help="how many at once (default: COUNTERPART_WORKER_PROCESSES, or 2)")
    options = parser.parse_args(arguments)
    database.bring_up()
    from django.conf import settings

    number = options.processes or settings.COUNTERPART_WORKER_PROCESSES
    if number == 1:
        asyncio.run(_work(settings.COUNTERPART_STALLED_SECONDS))
        return 0
    return _several(number)


async def _work(stalled_seconds: int) -> None:
    from procrastinate.contrib.django import app

    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    with app.replace_connector(connector) as worker_app:
        async with worker_app.open_async():
            retrying = asyncio.create_task(_retry_stalled(worker_app.job_manager, stalled_seconds))
            try:
                await worker_app.run_worker_async(
                    concurrency=1,
                    fetch_job_polling_interval=1.0,
                    update_heartbeat_interval=stalled_seconds / 3,
                    stalled_worker_timeout=stalled_seconds,
                    shutdown_graceful_timeout=20.0,
                    delete_jobs="successful",
                )
            finally:
                retrying.cancel()


async def _retry_stalled(job_manager, stalled_seconds: int) -> None:  # type: ignore[no-untyped-def]
    """Give the jobs of workers that have fallen silent back to the queue, for ever."""
    from procrastinate.exceptions import ConnectorException

    while True:
        try:
            for job in await job_manager.get_stalled_jobs(seconds_since_heartbeat=stalled_seconds):
                print(f"Job {job.id} ({job.task_name}) lost its worker and is started again.", file=sys.stderr)
                await job_manager.retry_job(job)
        except ConnectorException as error:
            # Another worker was faster, or the database is away for a moment: the next round will tell.
            print(f"Jobs that lost their worker could not be started again: {error.__cause__}", file=sys.stderr)
        await asyncio.sleep(stalled_seconds / 3)


def _several(number: int) -> int:
    """Keep so many worker processes running until asked to stop, or until they do not even start."""
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    command = [sys.executable, str(CHECKOUT / "manage.py"), "worker", "--processes", "1"]
    started: dict[subprocess.Popen[bytes], float] = {}
    useless = 0
    while not stopping and useless < _USELESS_STARTS:
        for child in [child for child in started if child.poll() is not None]:
            useless = useless + 1 if time.monotonic() - started.pop(child) < _USELESS_SECONDS else 0
        while len(started) < number:
            started[subprocess.Popen(command, preexec_fn=dies_with_parent())] = time.monotonic()
        time.sleep(0.5)
    for child in started:
        child.terminate()
    for child in started:
        child.wait()
    return 0 if stopping else 1
