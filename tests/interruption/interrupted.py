"""Runs of the tiny study that can be killed, and what they must leave behind."""

from __future__ import annotations

import hashlib
import os
import random
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import psutil
from workdir import Workdir

STUDY = (str(Path(__file__).parent / "tiny.yaml"),)
STARTER = "gestalt_regions.jobs.starter"
TARGETS = ("table2", "table3", "table4", "figure6")


def with_output(rules: Iterable[str]) -> list[str]:
    """Without the targets themselves: they have no file of their own, so each run does them again."""
    return [rule for rule in rules if rule not in TARGETS]


class Run:
    """Snakemake on the tiny study, in a process group of its own, its output beside its folder (which may be full)."""

    def __init__(self, place: Workdir, *arguments: str, cores: int = 2) -> None:
        folder, name = place.folder.parent, place.folder.name
        self.log = folder / f"{name}-run-{len(list(folder.glob(f'{name}-run-*.txt')))}.txt"
        command = place.command(*TARGETS, *arguments, cores=cores, studies=STUDY)
        with open(self.log, "w") as stream:
            self.process = subprocess.Popen(
                command,
                cwd=place.folder,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "NO_COLOR": "1"},
            )

    def jobs(self) -> list[psutil.Process]:
        """The processes that run the scripts of its jobs: Pythons of their own, or copies of the starter."""
        found = []
        for process in psutil.process_iter():
            try:
                if os.getpgid(process.pid) != self.process.pid:
                    continue
                alone = "/.snakemake/scripts/" in " ".join(process.cmdline())
                if alone or STARTER in process.parent().cmdline():
                    found.append(process)
            except (psutil.Error, ProcessLookupError, AttributeError):  # it has ended, or its parent has
                continue
        return found

    def running(self) -> bool:
        return self.process.poll() is None

    def wait(self, seconds: float = 1e9) -> bool:
        """Wait for its end, at most so long; whether it has ended."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def finished(self) -> Counter:
        """How many jobs of each rule it finished, see `with_output`."""
        return Counter(with_output(re.findall(r"Finished jobid: \d+ \(Rule: (\w+)\)", self.text())))


def kill(run: Run, kind: str, chance: random.Random) -> bool:
    """kill -9 of a random job ("job"), of Snakemake alone ("run") or of all ("all"); False if it came too late."""
    if kind == "run":
        run.process.kill()
    elif kind == "all":
        os.killpg(run.process.pid, signal.SIGKILL)
    else:
        while run.running() and not run.jobs():
            time.sleep(0.02)
        if not (jobs := run.jobs()):
            return False
        try:
            chance.choice(jobs).kill()
        except psutil.NoSuchProcess:
            return False
    run.wait()
    return True


def results(place: Workdir) -> dict[str, str]:
    """Every file of the study, with a digest of its bytes."""
    folder = place.folder / "results/tiny"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def half_written(place: Workdir, made: dict[str, str]) -> list[str]:
    """Files of the study that are neither as an undisturbed run makes them nor hidden."""
    found = results(place)
    hidden = {name for name in found if any(part.startswith(".") for part in Path(name).parts)}
    return [name for name in found if name not in hidden and made.get(name) != found[name]]
