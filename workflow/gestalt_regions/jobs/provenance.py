"""What made each file of the results, in results/provenance/<its path below results>.json, by the job that made it.

A record holds no time, no machine and no place, so that the same study gives the same bytes: rule and wildcards, digest
and seed of the config, params, version and digest of the code, versions of the packages in use, digests of what went in
and came out, and of every asset that had a part in it, directly or through the files it was made from.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from gestalt_regions import __version__
from gestalt_regions.core.io import write_text

# Sections of the config that say what is asked of a finished study: nothing of the study itself depends on them.
ASKED = ("photo", "case")
RESULTS, ASSETS, LARGE = "results", "results/assets", 100_000_000  # bytes; larger files are known by their size
# The packages that numbers and pictures depend on, by the module that says a job uses them.
PACKAGES = {
    "numpy": "numpy",
    "pandas": "pandas",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "statsmodels": "statsmodels",
    "pingouin": "pingouin",
    "krippendorff": "krippendorff",
    "skimage": "scikit-image",
    "cv2": "opencv-python",
    "PIL": "pillow",
    "vtkmodules": "vtk",
    "torch": "torch",
    "torchvision": "torchvision",
    "timm": "timm",
    "captum": "captum",
    "zennit": "zennit",
    "onnx": "onnx",
    "onnx2torch": "onnx2torch",
    "onnxruntime": "onnxruntime-gpu",
    "safetensors": "safetensors",
    "matplotlib": "matplotlib",
    "seaborn": "seaborn",
    "networkx": "networkx",
    "jinja2": "jinja2",
    "crepes": "crepes",
}

# What the job of this process found out about itself, beside what Snakemake knows; part of its records.
NOTED: dict[str, str] = {}


class _NamedValues(Protocol):
    """Snakemake's lists whose values may have names: input, output, params, wildcards."""

    def __iter__(self) -> Iterator[Any]: ...
    def __getitem__(self, key: Any) -> Any: ...
    def get(self, key: str, default: Any = None) -> Any: ...
    def items(self) -> Iterable[tuple[str, Any]]: ...


class SnakemakeJob(Protocol):
    """The `snakemake` that every script is given, as far as this package reads it."""

    rule: str
    input: _NamedValues
    output: _NamedValues
    params: _NamedValues
    wildcards: _NamedValues
    log: _NamedValues
    config: Mapping[str, Any]
    threads: int


def digest_of_value(value: object) -> str:
    """Digest anything that JSON can hold.

    Parameters
    ----------
    value : object
        The order of a mapping's keys does not count.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def package_digest() -> str:
    """Digest all sources of this package: the version of the code as a whole.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    home = Path(__file__).parents[1]
    sources = sorted(home.rglob("*.py"))
    return digest_of_value({str(path.relative_to(home)): path.read_text(encoding="utf-8") for path in sources})


def _commit() -> str | None:
    """The commit of the workflow's sources, with `-dirty` where they are edited; None outside a repository."""
    command = ["git", "describe", "--always", "--abbrev=12", "--exclude=*", "--dirty"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() or None


def packages() -> dict[str, str]:
    """Versions of the PACKAGES that this process has imported.

    Returns
    -------
    dict of str to str
        Package -> version; python first.
    """
    versions = {"python": ".".join(map(str, sys.version_info[:3]))}
    for module, name in PACKAGES.items():
        if module in sys.modules:
            try:
                versions[name] = version(name)
            except PackageNotFoundError:
                versions[name] = str(getattr(sys.modules[module], "__version__", "unknown"))
    return versions


def record_path(path: str | Path) -> Path | None:
    """Name the file that holds the record of a result.

    Parameters
    ----------
    path : path
        A file, relative to the study's folder.

    Returns
    -------
    Path or None
        Below results/provenance; None for a file that is no result.
    """
    path = Path(path)
    if path.is_absolute() or path.parts[:1] != (RESULTS,):
        return None
    below = path.relative_to(RESULTS)
    return Path(RESULTS, "provenance", below.parent, f"{below.name}.json")


def read_record(path: str | Path) -> dict:
    """Read the record of a file.

    Parameters
    ----------
    path : path
        A file, relative to the study's folder.

    Returns
    -------
    dict
        What made it; empty if it has no record.
    """
    record = record_path(path)
    return json.loads(record.read_text(encoding="utf-8")) if record and record.is_file() else {}


def fingerprint(path: str | Path) -> str:
    """Say what the contents of a file are.

    Parameters
    ----------
    path : path
        A file or folder.

    Returns
    -------
    str
        SHA-256 of a file; the number of files of a folder; the size of a file larger than LARGE, which is not read.
    """
    path = Path(path)
    if path.is_dir():
        return f"{sum(1 for p in path.iterdir() if not p.name.startswith('.'))} files"
    if path.stat().st_size > LARGE:
        return f"{path.stat().st_size} bytes"
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _name(path: str) -> str:
    """How a record calls a file: no place outside the study."""
    return Path(path).name if Path(path).is_absolute() else path


def _gather(inputs: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Digests of a job's inputs, and of the assets that had a part in them."""
    digests: dict[str, str] = {}
    assets: dict[str, str] = {}
    for path in map(str, inputs):
        record = read_record(path)
        digests[_name(path)] = record.get("sha256") or fingerprint(path)
        if record:
            assets |= record["assets"]
        elif path.startswith(f"{ASSETS}/") or path.endswith(".safetensors"):  # fetched, or weights of this repository
            assets[Path(path).name] = digests[_name(path)]
    return digests, assets


def write_records(snakemake: SnakemakeJob) -> None:
    """Write the records of all files that a finished job made.

    Parameters
    ----------
    snakemake : SnakemakeJob
        What Snakemake gave the job's script.
    """
    digests, assets = _gather(snakemake.input)
    params: Mapping = {name: value for name, value in snakemake.params.items() if name != "code"}
    config = {key: value for key, value in snakemake.config.items() if key not in ASKED}
    record = {
        "rule": snakemake.rule,
        "wildcards": dict(snakemake.wildcards.items()),
        "config": {"sha256": digest_of_value(config), "seed": config.get("run", {}).get("seed")},
        "params": json.loads(json.dumps(params, default=str)),
        "code": {"gestalt_regions": __version__, "digest": snakemake.params.get("code"), "commit": _commit()},
        "packages": packages(),
        "inputs": digests,
    } | NOTED
    record_assets = dict(sorted(assets.items()))
    for path in map(str, snakemake.output):
        target = record_path(path)
        if target:
            sha256 = fingerprint(path)
            this_asset = {Path(path).name: sha256} if snakemake.rule == "asset" else {}
            whole = {"file": path, "sha256": sha256} | record | {"assets": record_assets | this_asset}
            write_text(json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n", target)
