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
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gestalt_regions import __version__
from gestalt_regions.core.io import write_text

RESULTS, ASSETS, LARGE = "results", "results/assets", 100_000_000  # bytes; larger files are known by their size
# The packages that numbers and pictures depend on, by the module that says a job uses them.
PACKAGES = {
    "numpy": "numpy",
    "pandas": "pandas",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "statsmodels": "statsmodels",
    "pingouin": "pingouin",
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
}


def digest(value: object) -> str:
    """Of anything that JSON can hold, short."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def package_digest() -> str:
    """Of all sources of this package: the version of the code as a whole."""
    home = Path(__file__).parents[1]
    return digest({str(p.relative_to(home)): p.read_text(encoding="utf-8") for p in sorted(home.rglob("*.py"))})


def commit() -> str | None:
    """The commit of the workflow's sources, with `-dirty` where they are edited; None outside a repository."""
    command = ["git", "describe", "--always", "--abbrev=12", "--exclude=*", "--dirty"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() or None


def packages() -> dict[str, str]:
    """Versions of the PACKAGES that this process has imported."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for module, name in PACKAGES.items():
        if module in sys.modules:
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                found[name] = str(getattr(sys.modules[module], "__version__", "unknown"))
    return found


def record_path(path: str | Path) -> Path | None:
    """Where the record of a file is; None for a file that is no result."""
    path = Path(path)
    if path.is_absolute() or path.parts[:1] != (RESULTS,):
        return None
    below = path.relative_to(RESULTS)
    return Path(RESULTS, "provenance", below.parent, f"{below.name}.json")


def read(path: str | Path) -> dict:
    """The record of a file; empty if it has none."""
    record = record_path(path)
    return json.loads(record.read_text(encoding="utf-8")) if record and record.is_file() else {}


def contents(path: str | Path) -> str:
    """SHA-256 of a file; of a folder or a LARGE file what is known without reading it."""
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


def gather(inputs: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Digests of a job's inputs, and of the assets that had a part in them."""
    digests, assets = {}, {}
    for path in map(str, inputs):
        made = read(path)
        digests[_name(path)] = made.get("sha256") or contents(path)
        if made:
            assets |= made["assets"]
        elif path.startswith(f"{ASSETS}/") or path.endswith(".safetensors"):  # fetched, or weights of this repository
            assets[Path(path).name] = digests[_name(path)]
    return digests, assets


def write(snakemake) -> None:
    """The records of all files that a finished job made."""
    digests, assets = gather(snakemake.input)
    params: Mapping = {name: value for name, value in snakemake.params.items() if name != "code"}
    config = snakemake.config
    record = {
        "rule": snakemake.rule,
        "wildcards": dict(snakemake.wildcards.items()),
        "config": {"sha256": digest(config), "seed": config.get("run", {}).get("seed")},
        "params": json.loads(json.dumps(params, default=str)),
        "code": {"gestalt_regions": __version__, "digest": snakemake.params.get("code"), "commit": commit()},
        "packages": packages(),
        "inputs": digests,
        "assets": dict(sorted(assets.items())),
    }
    for path in map(str, snakemake.output):
        target = record_path(path)
        if target:
            made = contents(path)
            own = {Path(path).name: made} if snakemake.rule == "asset" else {}
            whole = {"file": path, "sha256": made} | record | {"assets": record["assets"] | own}
            write_text(json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n", target)
