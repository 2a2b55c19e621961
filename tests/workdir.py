"""A working directory of its own for real runs of the workflow, so that the user's results stay untouched."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from dry_runs import SNAKEMAKE, dry_run

DRY = {"--dry-run", "--detailed-summary"}


def clone(root: Path, folder: Path) -> None:
    """The files that git tracks or would track, with new time stamps, as a clone has them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        source, target = root / name, folder / name
        if source.is_symlink() or source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target, follow_symlinks=False)


class Workdir:
    """A working directory beside the repository's files; fetched assets are shared with the repository's own."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root, self.folder = root, folder
        if (folder / "results").exists():  # another process of the test run has made it
            return
        folder.mkdir(exist_ok=True)
        for name in ("config", "resources", "workflow"):
            (folder / name).symlink_to(root / name)
        (folder / "results").mkdir()
        assets = root / "results/assets"
        assets.mkdir(parents=True, exist_ok=True)
        (folder / "results/assets").symlink_to(assets)

    def command(self, *arguments: str, cores: int = 2, studies: tuple[str, ...] = ()) -> list[str]:
        command = [SNAKEMAKE, "--snakefile", str(self.root / "Snakefile")]
        command += ["--cores", str(cores), *arguments]
        return command + (["--configfile", "config/config.yaml", *studies] if studies else [])

    def snakemake(self, *arguments: str, cores: int = 2, studies: tuple[str, ...] = (), check: bool = True):
        """Run Snakemake; returns the finished process with its output as text."""
        command = self.command(*arguments, cores=cores, studies=studies)
        environment = {**os.environ, "NO_COLOR": "1"}
        if DRY & set(arguments):
            done = dry_run(command, self.folder, environment)
        else:
            done = subprocess.run(
                command, cwd=self.folder, capture_output=True, text=True, check=False, env=environment
            )
        if check and done.returncode:
            pytest.fail(f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}")
        return done

    def planned(self, *arguments: str, studies: tuple[str, ...] = ()) -> dict[str, int]:
        """How many jobs of each rule a dry run would do."""
        text = self.snakemake(*arguments, "--dry-run", "--quiet", "host", studies=studies)
        counts, lines = {}, (text.stdout + text.stderr).splitlines()
        for i, line in enumerate(lines):
            if line.startswith("job") and "count" in line:
                for row in lines[i + 2 :]:
                    parts = row.split()
                    if len(parts) != 2 or not parts[1].isdigit():
                        break
                    counts[parts[0]] = int(parts[1])
                break
        counts.pop("total", None)
        return counts
