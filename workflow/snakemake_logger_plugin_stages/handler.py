"""Where a run is reported to: one line that changes on a terminal; a line now and then in a file.

Warnings and errors are printed in full, a failed job with the end of its log. What Snakemake says beside is in
.snakemake/log, as ever.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

import snakemake.logging as snakemake_logging
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_logger_plugin_stages.run_state import PLAN, Job, RunState, duration, status_text

VARIABLE = "GESTALT_REGIONS_STATUS"  # tells jobs that their log is not for the terminal (gestalt_regions.jobs)
EVERY = 60.0  # seconds between two lines where there is no terminal
REDRAWN = 0.5  # seconds between two looks at the clock
TAIL = 10  # lines of a log without an error in it
LONGEST = 200  # lines of an error
CLEARED = "\r\033[K"  # to the start of the line, and nothing behind it
SILENT = {
    LogEvent.JOB_INFO,
    LogEvent.JOB_STARTED,
    LogEvent.JOB_FINISHED,
    LogEvent.PROGRESS,
    LogEvent.RUN_INFO,
    LogEvent.RESOURCES_INFO,
    LogEvent.SHELLCMD,
    LogEvent.GROUP_INFO,
    LogEvent.WORKFLOW_STARTED,
    LogEvent.RULEGRAPH,
}
OF_SNAKEMAKE = str(Path(snakemake_logging.__file__).parent)
# What Snakemake says that is worth a line.
SAID = ("Nothing to be done", "Terminating processes", "Cancelling", "Will exit after", "Trying to restart")


def end_of_log(path: str | os.PathLike, tail: int = TAIL, longest: int = LONGEST) -> list[str]:
    """Read what a job said last: from its first error on, or its last lines.

    Parameters
    ----------
    path : path
        Its log.
    tail : int
        Lines of a log without an error.
    longest : int
        Lines of an error at most: the last of them.

    Returns
    -------
    list of str
        Lines; one that says so if there is no log.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ["(no such file: the job ended before it could write one)"]
    if not lines:
        return ["(empty)"]
    errors = [i for i, line in enumerate(lines) if " ERROR " in line[:40]]
    return lines[errors[0] :][-longest:] if errors else lines[-tail:]


class LogHandler(LogHandlerBase):
    """Prints stages, jobs and time left; where a wall of text was asked for, it is Snakemake's own."""

    def __post_init__(self) -> None:
        """Look where the report goes, and start the clock."""
        settings = self.common_settings
        self.stream: TextIO = sys.stdout if settings.stdout else sys.stderr
        self.plain = snakemake_logging.ColorizingTextHandler(
            nocolor=settings.nocolor,
            stream=self.stream,
            formatter=snakemake_logging.DefaultFormatter(settings.quiet, settings.show_failed_logs),
            filter=snakemake_logging.DefaultFilter(
                settings.quiet, settings.debug_dag, settings.verbose, settings.dryrun, settings.printshellcmds
            ),
        )
        # These ask for all that Snakemake says, or for nothing.
        self.whole = bool(
            settings.dryrun or settings.verbose or settings.debug_dag or settings.printshellcmds or settings.quiet
        )
        self.terminal = bool(self.stream.isatty() and os.environ.get("TERM", "dumb") != "dumb")
        self.state = RunState(PLAN)
        self.printing, self.over = threading.RLock(), threading.Event()
        self.drawn, self.last, self.failed = "", time.time(), False
        if not self.whole:
            os.environ[VARIABLE] = "1"
            threading.Thread(target=self._watch, name="status line", daemon=True).start()

    writes_to_stream = property(lambda self: True)
    writes_to_file = property(lambda self: False)
    has_filter = property(lambda self: True)
    has_formatter = property(lambda self: True)
    needs_rulegraph = property(lambda self: False)

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record of Snakemake.

        Parameters
        ----------
        record : LogRecord
            Its `event` says what has happened.
        """
        try:
            if self.whole:
                self._as_snakemake(record)
            else:
                self._take(record)
        except BrokenPipeError:
            raise
        except Exception:
            self.handleError(record)

    def _as_snakemake(self, record: logging.LogRecord) -> None:
        if self.plain.filter(record):
            self.plain.emit(record)

    def _take(self, record: logging.LogRecord) -> None:
        event, now = getattr(record, "event", None), record.created
        if event == LogEvent.RUN_INFO:
            self.state.plan_jobs(record.__dict__["stats"], now)
            self._say(f"{self.state.total} jobs")
        elif event == LogEvent.RESOURCES_INFO:
            self.state.cores = int(getattr(record, "cores", None) or getattr(record, "nodes", None) or self.state.cores)
        elif event == LogEvent.JOB_INFO:
            facts = record.__dict__
            job = Job(facts["rule_name"], now, facts["rule_msg"] or "", tuple(facts["log"] or ()))
            self.state.start(facts["jobid"], job)
        elif event == LogEvent.JOB_FINISHED:
            if stage := self.state.end(record.__dict__["job_id"], now):
                self._stage_done(stage, now)
        elif event == LogEvent.PROGRESS:
            self.state.done, self.state.total = record.__dict__["done"], record.__dict__["total"]
        elif event == LogEvent.JOB_ERROR:
            self._failed(record)
        elif event not in SILENT and self._worth_saying(record):
            with self.printing:
                self._clear()
                self._as_snakemake(record)
        self._draw(now)

    def _worth_saying(self, record: logging.LogRecord) -> bool:
        """Warnings, errors, what the workflow says itself, and after a failure where the whole log is."""
        if record.levelno >= logging.WARNING or not record.pathname.startswith(OF_SNAKEMAKE):
            return True
        text = str(record.msg or "")
        return text.startswith(SAID) or (self.failed and text.startswith("Complete log"))

    def _stage_done(self, stage: str, now: float) -> None:
        done, _ = self.state.stages()[stage]
        took = duration(self.state.spent(stage))
        jobs = f"{done} job{'s' if done > 1 else ''}, {took} of work"
        self._say(f"{stage}: done ({jobs}); {status_text(self.state, now).split('; now ')[0].split('; done ')[0]}")

    def _failed(self, record: logging.LogRecord) -> None:
        """Print a failed job: rule, message, files, the end of each of its logs."""
        facts = record.__dict__
        self.failed = True
        job = self.state.fail(facts["jobid"])
        lines = [f"Failed: rule {facts['rule_name']}" + (f" ({job.message})" if job and job.message else "")]
        lines += [f"    output: {', '.join(facts['output'])}"] if facts["output"] else []
        lines += [f"    command: {facts['shellcmd']}"] if facts["shellcmd"] else []
        lines += [f"    {name}: {value}" for name, value in (facts.get("aux") or {}).items()]
        for path in facts["log"] or ():
            lines += [f"    log: {path}", *(f"      | {line}" for line in end_of_log(path))]
        with self.printing:
            self._clear()
            self._print(lines, logging.ERROR)

    def _print(self, lines: Iterable[str], level: int) -> None:
        text = "\n".join(lines)
        record = logging.LogRecord("snakemake", level, "", 0, text, None, None)
        self.stream.write(self.plain.decorate(record, text) + "\n")
        self.stream.flush()

    def _say(self, text: str) -> None:
        """Print a line that stays."""
        with self.printing:
            self._clear()
            self.stream.write(f"{time.strftime('%H:%M:%S')} {text}\n")
            self.stream.flush()
            self.last = time.time()

    def _clear(self) -> None:
        if self.drawn:
            self.stream.write(CLEARED)
            self.drawn = ""

    def _draw(self, now: float, again: bool = False) -> None:
        """Draw the line that changes, if there is a terminal and a job; again: a job may have written over it."""
        if not self.terminal or not self.state.total:
            return
        with self.printing:
            text = status_text(self.state, now)[: max(10, shutil.get_terminal_size().columns - 1)]
            if not self.over.is_set() and (again or text != self.drawn):
                self.stream.write(f"{CLEARED}{text}")
                self.stream.flush()
                self.drawn = text

    def _watch(self) -> None:
        """Look at the clock: the time left changes while no job ends."""
        while not self.over.wait(REDRAWN):
            now = time.time()
            try:
                if self.terminal:
                    self._draw(now, again=True)
                elif self.state.total and now - self.last >= EVERY:
                    self._say(status_text(self.state, now))
            except (OSError, ValueError):  # nobody reads it any more
                return

    def close(self) -> None:
        """Take the line away that changes."""
        self.over.set()
        with self.printing:
            try:
                self._clear()
                self.stream.flush()
            except (OSError, ValueError):
                pass
        super().close()
