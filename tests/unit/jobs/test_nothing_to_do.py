"""What is said where a run had nothing to do."""

from __future__ import annotations

import logging
import subprocess
import sys

from gestalt_regions.jobs.nothing_to_do import NothingToDo

SNAKEFILE = """
from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake.logging import logger
from gestalt_regions.jobs.nothing_to_do import NothingToDo

if workflow.is_main_process:
    logger.addHandler(NothingToDo(NOTHING_TO_BE_DONE_MSG, lambda: logger.info("The end.")))

rule all:
    output: "a.txt"
    shell: "touch {output}"
"""


def test_only_the_message_is_heard():
    said: list[str] = []
    handler = NothingToDo("Nothing to", lambda: said.append("end"))
    for text in ("1 job", "Nothing to be done (all is there)", "There is Nothing to say"):
        handler.handle(logging.LogRecord("x", logging.INFO, "", 0, text, None, None))
    assert said == ["end"]


def test_snakemake_still_says_it_so(tmp_path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    command = [sys.executable, "-m", "snakemake", "--cores", "1"]
    first, second = (subprocess.run(command, cwd=tmp_path, capture_output=True, text=True) for _ in range(2))
    assert first.returncode == 0 and "The end." not in first.stderr
    assert second.stderr.splitlines()[-1] == "The end."
