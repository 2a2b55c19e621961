"""Runs of a tiny Snakefile through `--logger stages`: what is printed, and that the results are the same."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from gestalt_regions.jobs.runs import STATUS_LINE
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_logger_plugin_stages import handler
from snakemake_logger_plugin_stages.handler import VARIABLE, LogHandler, end_of_log

CODE = Path(handler.__file__).parents[1]
SNAKEFILE = """
import sys

onstart:
    sys.modules["snakemake_logger_plugin_stages"].planned({"letter": "letters", "word": "words"})

rule all:
    input: "c/word.txt"

rule letter:
    output: "c/{n}.txt"
    log: "logs/{n}.log"
    message: "Letter {wildcards.n}"
    shell: "{config[command]} && echo {wildcards.n} > {output}"

rule word:
    input: expand("c/{n}.txt", n=["a", "b"])
    output: "c/word.txt"
    shell: "cat {input} > {output}"
"""


def start(folder: Path, *options: str, command: str = "test 1 -eq 1") -> subprocess.Popen:
    folder.mkdir(exist_ok=True)
    (folder / "Snakefile").write_text(SNAKEFILE)
    arguments = [sys.executable, "-m", "snakemake", "--cores", "1", "--config", f"command={command}", *options]
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE} | {"PYTHONPATH": str(CODE)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores it
    try:
        return subprocess.Popen(arguments, cwd=folder, env=environment, **pipes)
    finally:
        signal.signal(signal.SIGINT, before)


def run(folder: Path, *options: str, command: str = "test 1 -eq 1") -> tuple[int, str]:
    process = start(folder, *options, command=command)
    text, _ = process.communicate(timeout=120)
    return process.returncode, text


def made(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted((folder / "c").glob("*"))}


def test_a_run_prints_stages_and_leaves_the_same_files_and_log(tmp_path):
    status, short = run(tmp_path / "stages", "--logger", "stages")
    other, long = run(tmp_path / "plain")
    assert status == other == 0 and made(tmp_path / "stages") == made(tmp_path / "plain") != {}
    said = [line.split(" ", 1)[1] for line in short.splitlines()]
    assert (
        said[0] == "4 jobs" and said[1].startswith("letters: done (2 jobs") and said[2].startswith("words: done (1 job")
    )
    assert len(said) == 3 < len(long.splitlines()) / 5
    logs = [next((tmp_path / name / ".snakemake/log").glob("*.log")).read_text() for name in ("stages", "plain")]
    assert all("Finished jobid" in log and "Letter b" in log for log in logs)
    assert len(logs[0].splitlines()) == len(logs[1].splitlines())
    status, again = run(tmp_path / "stages", "--logger", "stages")
    assert status == 0 and "Nothing to be done" in again


def test_a_failed_job_is_printed_with_rule_log_and_its_last_lines(tmp_path):
    command = "printf '1 INFO one\\n2 ERROR no such face\\nwhy\\n' | tee logs/a.log > logs/b.log; false"
    status, text = run(tmp_path, "--logger", "stages", command=command)
    assert status == 1 and "Failed: rule letter (Letter " in text
    assert "    log: logs/" in text and "| 2 ERROR no such face\n      | why" in text and "| 1 INFO one" not in text
    assert "Complete log(s)" in text and "command: printf" in text
    assert "Error in rule letter" in next((tmp_path / ".snakemake/log").glob("*.log")).read_text()


def test_a_dry_run_says_all_that_snakemake_says(tmp_path):
    status, text = run(tmp_path, "-n", "--logger", "stages")
    assert status == 0 and "This was a dry-run" in text and "Job stats" in text and not (tmp_path / "c").exists()


def test_an_interrupted_run_ends_and_keeps_its_log(tmp_path):
    process = start(tmp_path, "--logger", "stages", command="touch running && sleep 60")
    until = time.monotonic() + 60
    while not (tmp_path / "running").exists() and time.monotonic() < until:  # a job that starts later gets no signal
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    text, _ = process.communicate(timeout=90)
    assert process.returncode != 0 and "Terminating processes on user request" in text
    assert not (tmp_path / "c/word.txt").exists()
    assert "Complete log(s)" in next((tmp_path / ".snakemake/log").iterdir()).read_text()


# The line on a terminal


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv(VARIABLE, raising=False)
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    off = dict.fromkeys(
        ("dryrun", "verbose", "debug_dag", "printshellcmds", "show_failed_logs", "stdout", "nocolor"), False
    )
    line = LogHandler(SimpleNamespace(quiet=None, **off), None)
    yield line, screen
    line.close()
    os.environ.pop(VARIABLE, None)


def record(text: str = "", level: int = logging.INFO, path: str = handler.__file__, **facts) -> logging.LogRecord:
    made = logging.LogRecord("snakemake", level, path, 1, text, None, None)
    made.__dict__.update(facts)
    return made


def begin(line: LogHandler) -> None:
    line.emit(record(event=LogEvent.RUN_INFO, stats={"letter": 2, "total": 2}))
    line.emit(record(event=LogEvent.JOB_INFO, jobid=1, rule_name="letter", rule_msg="Letter a", log=["a.log"]))


def test_the_line_on_a_terminal_is_drawn_over_itself_and_fits(terminal):
    line, screen = terminal
    begin(line)
    line.emit(record(event=LogEvent.JOB_FINISHED, job_id=1))
    line.emit(record(event=LogEvent.PROGRESS, done=1, total=2))
    drawn = screen.getvalue().split("\n")[-1].split(handler.CLEARED)
    assert drawn[-1].startswith("1 of 2 jobs") and all(len(text) < 60 for text in drawn)
    line.close()
    assert screen.getvalue().endswith(handler.CLEARED)


def test_warnings_and_what_the_workflow_says_stand_above_the_line_and_the_rest_is_silent(terminal):
    line, screen = terminal
    begin(line)
    line.emit(record("Select jobs to execute...", path=f"{handler.OF_SNAKEMAKE}/scheduling/job_scheduler.py"))
    line.emit(record("careful", logging.WARNING, path=f"{handler.OF_SNAKEMAKE}/dag.py"))
    line.emit(record("No GPU is seen here", path="/code/workflow/rules/setup/start.smk"))
    printed = screen.getvalue()
    assert "careful" in printed and "No GPU is seen here" in printed and "Select jobs" not in printed
    assert f"{handler.CLEARED}\x1b[33mcareful" in printed


def test_jobs_are_told_of_the_line(terminal):
    assert os.environ[VARIABLE] == "1" and STATUS_LINE == VARIABLE


def test_the_end_of_a_log_begins_with_its_first_error(tmp_path):
    log = tmp_path / "a.log"
    assert "no such file" in end_of_log(log)[0]
    log.write_text("")
    assert end_of_log(log) == ["(empty)"]
    log.write_text("\n".join(str(number) for number in range(30)))
    assert end_of_log(log) == [str(number) for number in range(20, 30)]
    log.write_text("1 INFO a\n2 ERROR b\nc\nd")
    assert end_of_log(log) == ["2 ERROR b", "c", "d"] and end_of_log(log, longest=2) == ["c", "d"]
