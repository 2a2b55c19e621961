"""Jobs on this machine start as copies of one process that has imported what they need (starter), if that can be.

Starting Python and importing PyTorch, SciPy and others takes a job seconds. Snakemake starts a Python for each script;
here a script is handed to the starter instead. What differs for the job: nothing that it could see, but the time. Its
process, memory, log, benchmark and exit status are its own.

A job starts alone, as Snakemake starts it, where it asks for another environment (conda, a container, modules), several
threads or a GPU that is there; all do on a cluster, on other systems than Linux, and with GESTALT_REGIONS_STARTS=alone.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import nullcontext
from typing import Any, ClassVar

import snakemake.script
from snakemake.benchmark import benchmarked
from snakemake.logging import logger

from gestalt_regions.jobs import gpus

VARIABLE = "GESTALT_REGIONS_STARTS"  # "alone" or "shared"
LONGEST = 1 << 18  # bytes of a message
THREADS = [f"{name}_NUM_THREADS" for name in ("OMP", "GOTO", "OPENBLAS", "MKL", "NUMEXPR")] + ["VECLIB_MAXIMUM_THREADS"]
PLACES = ("TMPDIR", "TMP", "TEMPDIR", "TEMP")


class NotShared(Exception):
    """The starter cannot start this job; it says why."""


def why_alone() -> str:
    """Say why every job of this machine starts alone.

    Returns
    -------
    str
        The reason; nothing where starts can be shared.
    """
    if os.environ.get(VARIABLE, "shared") != "shared":
        return f"{VARIABLE} is {os.environ[VARIABLE]}"
    if sys.platform != "linux":
        return f"a process cannot be copied safely on {sys.platform}"
    needed = {os: ("pidfd_open", "memfd_create", "fork"), socket: ("recv_fds",)}
    lacking = [name for module, names in needed.items() for name in names if not hasattr(module, name)]
    if not hasattr(getattr(snakemake.script, "PythonScript", None), "execute_script"):
        lacking.append("snakemake.script.PythonScript")
    if lacking:
        return f"{', '.join(lacking)} is missing"
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError as error:
        return f"this kernel does not do it: {error.strerror}"
    return ""


def environment_of_job(threads: int, temporary: str | None) -> dict[str, str]:
    """Give the environment that Snakemake gives a script.

    Parameters
    ----------
    threads : int
        Of the job.
    temporary : str, optional
        Folder for temporary files.

    Returns
    -------
    dict of str to str
        That of this process, with the number of threads and the folder.
    """
    return {
        **os.environ,
        **dict.fromkeys(THREADS, str(threads)),
        **(dict.fromkeys(PLACES, temporary) if temporary else {}),
    }


class Starter:
    """The process that starts jobs. It is started for the first one, and ends with this process.

    Parameters
    ----------
    threads : int
        Of each job that it may start: libraries read it when they are imported.
    """

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads
        self.asking = threading.Lock()
        self.control: socket.socket | None = None
        self.process: subprocess.Popen | None = None

    def _begin(self, environment: dict[str, str]) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST)
        command = [sys.executable, "-P", "-m", "gestalt_regions.jobs.starter", str(theirs.fileno())]
        self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment)
        theirs.close()
        self.control = ours
        atexit.register(self.close)
        return ours

    def run(self, script: str, environment: dict[str, str], record: Any = None) -> tuple[int, float]:
        """Run a script, and wait for its end.

        Parameters
        ----------
        script : str
            The file.
        environment : dict of str to str
            Its environment variables.
        record : BenchmarkRecord, optional
            Of Snakemake; its process is measured in it.

        Returns
        -------
        int
            Exit status, as of `subprocess.Popen`.
        float
            Seconds of processor time that it took.

        Raises
        ------
        NotShared
            If it was not started.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            try:
                with self.asking:
                    control = self.control or self._begin(environment)
                    message = json.dumps({"script": script, "environment": environment}).encode()
                    socket.send_fds(control, [message], [theirs.fileno()])
                theirs.close()
                said = ours.recv(LONGEST)
            except OSError as error:
                raise NotShared(f"the starter is not there: {error.strerror}") from None
            answer = json.loads(said or b'{"refused": "the starter has ended"}')
            if "refused" in answer:
                raise NotShared(answer["refused"])
            with benchmarked(answer["process"], record) if record is not None else nullcontext():
                ours.send(b"1")
                said = ours.recv(LONGEST)
            end = json.loads(said or b'{"status": -9, "processor": 0}')  # the starter was killed, and its jobs with it
            return end["status"], end["processor"]

    def close(self) -> None:
        """End the starter, and what it started."""
        if self.control is not None:
            self.control.close()
            self.control = None
        if self.process is not None:
            self.process.wait()


class SharedScript(snakemake.script.PythonScript):
    """A script of Snakemake that the starter runs, or that runs alone as any other, where that cannot be."""

    starter: ClassVar[Starter]
    said: ClassVar[set[str]] = set()

    def execute_script(self, fname: str, edit: bool = False) -> None:
        """Run the file that Snakemake wrote.

        Parameters
        ----------
        fname : str
            The script, with what it is given before its own lines.
        edit : bool
            As of Snakemake; not used by it.

        Raises
        ------
        CalledProcessError
            If its exit status is not 0, as when Snakemake runs it.
        """
        if self._alone() or not self._shared(fname):
            super().execute_script(fname, edit=edit)

    def _shared(self, script: str) -> bool:
        """Whether the starter ran it."""
        environment = environment_of_job(self.threads, self.resources.get("tmpdir"))
        try:
            status, _ = self.starter.run(script, environment, self.bench_record)
        except NotShared as why:
            if str(why) not in self.said:
                self.said.add(str(why))
                logger.warning(f"Jobs start alone, which takes longer: {why}")
            return False
        if status:
            raise subprocess.CalledProcessError(status, f"{sys.executable} {script}")
        return True

    def _alone(self) -> bool:
        """Whether it asks for what the starter does not have."""
        other_place = (self.conda_env, self.container_img, self.env_modules, self.shadow_dir)
        if any(other_place) or self.resources.get("shell_exec") or self.threads != self.starter.threads:
            return True
        return bool(self.resources.get("gpu")) and gpus.gpu_present(os.environ)


def share_starts() -> str:
    """Let the jobs that this process starts from now on share their starts.

    Returns
    -------
    str
        Why not; nothing where they do.
    """
    why = why_alone()
    if not why:
        SharedScript.starter = Starter()
        snakemake.script.PythonScript = SharedScript
    return why
