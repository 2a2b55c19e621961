"""A real Slurm on this machine, for a test: munged, slurmctld and slurmd with one fake GPU, in a folder of its own.

Needs root and Debian's packages slurmctld, slurmd, slurm-client and munge (`tests/slurm/install.sh`).
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

CONFIG = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort={port}
SlurmdPort={other}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
JobAcctGatherParams=OverMemoryKill,UsePss
AccountingStorageType=accounting_storage/none
SchedulerParameters=sched_interval=2,sched_min_interval=500000,bf_interval=5
MinJobAge=7200
MaxArraySize=1001
ReturnToService=2
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:1 State=UNKNOWN
PartitionName=cpu Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
PartitionName=gpu Nodes={host} MaxTime=INFINITE State=UP OverSubscribe=NO
"""


def lacking() -> str:
    """Why no Slurm can be started here; empty if it can."""
    if os.geteuid():
        return "starting Slurm needs root"
    if SITE.exists():
        return f"{SITE} is there: this machine has a Slurm of its own"
    missing = [name for name in ("munged", "slurmctld", "slurmd", "sbatch") if not shutil.which(name, path=PATH)]
    return f"{', '.join(missing)} not installed; run tests/slurm/install.sh" if missing else ""


SITE = Path("/etc/slurm/slurm.conf")  # Snakemake's jobs forget SLURM_CONF, so the test's file is linked from here
PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Cluster:
    """Started on entry, gone on exit. `env` lets the Slurm commands and Snakemake find it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.daemons = folder, []
        self.env = {**os.environ, "PATH": PATH, "SLURM_CONF": str(folder / "slurm.conf")}

    def __enter__(self) -> Cluster:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: no daemon is left behind
        for name in ("state", "spool", "munge"):
            (self.folder / name).mkdir(parents=True)
        host = socket.gethostname().split(".")[0]
        port, other = _free_ports(2)
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20 - 500
        text = CONFIG.format(host=host, port=port, other=other, folder=self.folder, cpus=os.cpu_count(), memory=memory)
        (self.folder / "slurm.conf").write_text(text)
        (self.folder / "gres.conf").write_text("Name=gpu File=/dev/null\n")
        SITE.parent.mkdir(exist_ok=True)
        SITE.symlink_to(self.folder / "slurm.conf")
        self._munge()
        self._start("slurmctld", "-D", "-c")
        self._start("slurmd", "-D", "-N", host)
        for _ in range(60):
            if "idle" in self.run("sinfo", "-h", "-o", "%t", check=False).stdout:
                return self
            time.sleep(0.5)
        logs = "".join(path.read_text()[-1500:] for path in self.folder.glob("*.log"))
        self.__exit__()
        raise RuntimeError(f"Slurm did not become ready:\n{logs}")

    def __exit__(self, *_) -> None:
        self._cancel()
        SITE.unlink(missing_ok=True)
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()

    def _cancel(self) -> None:
        """End jobs that are left after an interruption; they would outlive the daemons."""
        self.run("scancel", "--user", "root", check=False)
        for _ in range(40):
            if not self.run("squeue", "-h", check=False).stdout.strip():
                return
            time.sleep(0.5)

    def _start(self, name: str, *arguments: str, before: tuple[str, ...] = ()) -> None:
        log = open(self.folder / f"{name}.out", "w")  # closed with the process
        command = [*before, shutil.which(name, path=PATH), *arguments]
        self.daemons.append(subprocess.Popen(command, env=self.env, stdout=log, stderr=subprocess.STDOUT))

    def _munge(self) -> None:
        """munged refuses to run as root, and wants every folder above its socket to be safe."""
        home, user = self.folder / "munge", pwd.getpwnam("munge")
        (home / "key").write_bytes(os.urandom(1024))
        (home / "key").chmod(0o400)
        for path in (home, home / "key"):
            os.chown(path, user.pw_uid, user.pw_gid)
        home.chmod(0o755)
        files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
        options = [f"--{option}={home / name}" for option, name in files.items()]
        self._start("munged", "--foreground", "--force", *options, before=("runuser", "-u", "munge", "--"))
        for _ in range(40):
            if (home / "socket").exists():
                return
            time.sleep(0.25)
        raise RuntimeError(f"munged did not start: {(self.folder / 'munged.out').read_text()}")

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess:
        return subprocess.run(command, env=self.env, capture_output=True, text=True, check=check)

    def jobs(self) -> list[dict[str, str]]:
        """Every job Slurm remembers, as `scontrol show job` tells it."""
        lines = self.run("scontrol", "-o", "show", "job").stdout.splitlines()
        pairs = [[item.split("=", 1) for item in line.split() if "=" in item] for line in lines]
        return [dict(pair) for pair in pairs if pair]
