"""The documentation site, built once for all tests of this folder."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def site(root, tmp_path_factory) -> Path:
    """The built site: that of the variable SITE (make test has just built it), or one for all processes of a test run.

    A warning of MkDocs (a dead link, a page outside the navigation, ...) fails every test of it.
    """
    if "SITE" in os.environ:
        return Path(os.environ["SITE"])
    own_folder = tmp_path_factory.getbasetemp()
    shared = own_folder.parent if "PYTEST_XDIST_WORKER" in os.environ else own_folder
    # no --quiet: what it hides, --strict does not count
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(shared / "site")]
    with open(shared / "site.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "site.finished").exists():
            environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
            done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=environment)
            if done.returncode:
                pytest.fail(f"mkdocs build --strict\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}")
            (shared / "site.finished").touch()
    return shared / "site"


@pytest.fixture(scope="session")
def texts(root) -> dict[str, str]:
    """All texts that a reader of the repository or of the site's sources meets, by path."""
    paths = [root / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "config/README.md")]
    paths += sorted((root / "docs").rglob("*.md"))
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in paths}
