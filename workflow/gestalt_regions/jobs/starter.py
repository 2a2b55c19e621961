"""Starts the jobs of a run as copies (fork) of itself, with what other jobs had to import already imported.

`python -P -m gestalt_regions.jobs.starter DESCRIPTOR`, by `shared_starts`; the descriptor is a socket. Each message of
it is a script and its environment, with a socket for that job alone. There this process answers with the number of the
job's process, and when it has ended with its exit status.

It imports nothing before two jobs have imported it themselves, so it costs a short run nothing. Of this package it
imports next to nothing: registries hold what was imported, in its order. It never starts a thread. It ends when the
socket closes, which is when the run ends, and the jobs that still go on end with it.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import random
import selectors
import signal
import socket
import sys
import tempfile
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from gestalt_regions.jobs.imported import Imported, PackagesUsed

LONGEST = 1 << 18  # bytes of a message
ENOUGH = 2  # jobs that imported a module themselves, before it is imported here
# What may be imported here beside the PACKAGES of records: all take long, and none holds anything of a job.
OTHERS = {"snakemake", "psutil", "threadpoolctl", "jsonschema", "yaml", "sympy"}
THREADED = {"onnxruntime"}  # starts a thread when it is imported; a process with several cannot be copied safely
# Registries that are read from the sources, which takes long, and hold the same in every process (core.declared).
READ = {
    "gestalt_regions.models.backbones",
    "gestalt_regions.faces.detector_registry",
    "gestalt_regions.statistics.analyses.analysis_registry",
}


class Learned:
    """Which modules jobs imported themselves, and imports those that several had to."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()
        self.refused: set[str] = set()  # could not be imported here

    def add(self, report: bytes) -> None:
        """Count what a job imported.

        Parameters
        ----------
        report : bytes
            Names of modules in the order of their imports, as JSON; nothing of a job that failed.
        """
        self.times.update(json.loads(report or b"[]"))

    def fetch(self) -> None:
        """Import what enough jobs imported."""
        for name in [name for name, times in self.times.items() if times >= ENOUGH]:
            del self.times[name]
            if name in sys.modules or name in self.refused:
                continue
            try:
                importlib.import_module(name)
            except Exception as error:  # a job that needs it says it better
                self.refused.add(name)
                print(f"gestalt-regions: {name} is imported by each job alone ({error})", file=sys.stderr)


class Child:
    """A job that goes on.

    Parameters
    ----------
    process : int
        Its number.
    answer : socket
        Where its end is said.
    report : int
        Descriptor of a file in memory, where it leaves what it imported.
    """

    def __init__(self, process: int, answer: socket.socket, report: int) -> None:
        self.process, self.answer, self.report = process, answer, report
        self.ended = os.pidfd_open(process)

    def close(self, learned: Learned) -> None:
        """Say how it ended, and learn from it.

        Parameters
        ----------
        learned : Learned
            What was learned from others.
        """
        _, status, usage = os.wait4(self.process, 0)
        code = os.waitstatus_to_exitcode(status)
        os.lseek(self.report, 0, os.SEEK_SET)
        with os.fdopen(self.report, "rb") as stream:
            learned.add(stream.read() if code == 0 else b"")
        try:
            self.answer.send(json.dumps({"status": code, "processor": usage.ru_utime + usage.ru_stime}).encode())
        except OSError:  # nobody waits for it any more
            pass
        self.answer.close()
        os.close(self.ended)


def threads_of_this_process() -> int:
    """Count them.

    Returns
    -------
    int
        Also those that libraries started.
    """
    return len(os.listdir("/proc/self/task"))


def serve(control: socket.socket, imported: Imported) -> Callable[[], NoReturn]:
    """Start jobs until the run is over.

    Parameters
    ----------
    control : socket
        Where the run asks for jobs.
    imported : Imported
        What this process and its copies import.

    Returns
    -------
    callable
        In a copy: its job. In this process: its end.
    """
    learned, children = Learned(), dict[int, Child]()
    with selectors.DefaultSelector() as events:
        events.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in events.select():
                if key.fileobj is not control:
                    events.unregister(key.fileobj)
                    children.pop(key.fd).close(learned)
                    continue
                message, descriptors, _, _ = socket.recv_fds(control, LONGEST, 1)
                if not message:
                    for child in children.values():
                        os.kill(child.process, signal.SIGKILL)
                    return _end
                learned.fetch()
                answer = socket.socket(fileno=descriptors[0])
                if (threads := threads_of_this_process()) > 1:
                    answer.send(json.dumps({"refused": f"a library has started {threads - 1} threads"}).encode())
                    answer.close()
                    continue
                report = os.memfd_create("imported")
                gc.collect()
                gc.freeze()  # what no job frees is not looked at by each
                try:
                    process = os.fork()
                except OSError as error:
                    answer.send(json.dumps({"refused": str(error)}).encode())
                    answer.close()
                    os.close(report)
                    continue
                if process == 0:
                    imported.begin()
                    for other in [control, *(child.answer for child in children.values())]:
                        other.close()
                    return lambda: _become(json.loads(message), answer, report, imported)
                child = Child(process, answer, report)
                children[child.ended] = child
                events.register(child.ended, selectors.EVENT_READ)
                answer.send(json.dumps({"process": process}).encode())


def _end() -> NoReturn:
    """End at once: to take apart what was imported has no use, and some libraries complain of it."""
    os._exit(0)


def _become(job: dict[str, Any], answer: socket.socket, report: int, imported: Imported) -> NoReturn:
    """Be the Python process that runs a job's script and nothing else."""
    script = job["script"]
    if not answer.recv(1):  # the run is over
        os._exit(1)
    answer.close()
    Path("/proc/self/comm").write_text(Path(script).stem.partition(".")[2][:15])  # its name in top
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(job["environment"])
    from gestalt_regions.jobs import provenance, runs  # as the script does; this process has none of them itself

    if runs.VARIABLE in os.environ:
        os.environ[runs.VARIABLE] += f",{runs._machine()} {os.getppid()}"
    tempfile.tempdir = None  # it may be of another environment
    random.seed()  # as in a new process; copies would draw the same
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    provenance.PACKAGES = PackagesUsed(provenance.PACKAGES, imported)  # not in its text: of that every result depends
    sys.argv = [script]
    sys.path.insert(0, os.path.dirname(os.path.abspath(script)))
    status = _run(script)
    if status == 0:
        shared = {*provenance.PACKAGES, *OTHERS} - THREADED
        fresh = [name for name in sys.modules if name in READ or name.partition(".")[0] in shared]
        os.write(report, json.dumps([name for name in fresh if name not in imported.before]).encode())
    threading._shutdown()  # type: ignore[attr-defined]  # as multiprocessing ends a copied process
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
    os._exit(status)


def _run(script: str) -> int:
    """Run a script as Python's own main module, and give its exit status."""
    main = ModuleType("__main__")
    main.__dict__.update(__file__=script, __builtins__=__builtins__)
    sys.modules["__main__"] = main
    try:
        exec(compile(Path(script).read_bytes(), script, "exec"), main.__dict__)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 0xFF
        print(end.code, file=sys.stderr)
        return 1
    except BaseException as error:
        within = error.__traceback__.tb_next if error.__traceback__ else None  # without this function
        traceback.print_exception(type(error), error, within)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def main() -> None:
    """Start jobs, as a process of its own."""
    imported = Imported()
    imported.listen()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run and its jobs; this ends with the run
    control = socket.socket(fileno=int(sys.argv[1]))
    serve(control, imported)()


if __name__ == "__main__":
    main()
