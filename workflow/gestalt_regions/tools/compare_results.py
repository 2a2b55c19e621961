"""Are two folders of results the same bytes? For a change that must not change any result, and for two machines.

python -m gestalt_regions.tools.compare_results BEFORE AFTER

BEFORE and AFTER are folders of one cohort, such as results/simulated. What tells of the run itself is left out.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Times differ from run to run, and the report says the version of the code.
NOT_COMPARED = ("timing.csv", "report")


@dataclass(frozen=True)
class Comparison:
    """Relative paths of files, sorted: equal bytes, other bytes, and files that only one folder has."""

    same: tuple[str, ...]
    changed: tuple[str, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether both folders hold the same files with the same bytes.

        Returns
        -------
        bool
            False where there is nothing to compare.
        """
        return bool(self.same) and not (self.changed or self.only_before or self.only_after)


def _files(folder: Path) -> dict[str, Path]:
    """Relative path -> file, without hidden ones and those that tell of the run."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    relative = {str(path.relative_to(folder)): path for path in paths}
    relative = {name: path for name, path in relative.items() if Path(name).parts[0] not in NOT_COMPARED}
    return {name: path for name, path in relative.items() if not any(part.startswith(".") for part in Path(name).parts)}


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def compare(before: Path, after: Path) -> Comparison:
    """Compare two folders of results, file by file.

    Parameters
    ----------
    before, after : Path
        Folders of one cohort's results.

    Returns
    -------
    Comparison
        Which files are the same, which are not, and which only one folder has.
    """
    first, second = _files(before), _files(after)
    shared = sorted(first.keys() & second.keys())
    changed = [name for name in shared if _digest(first[name]) != _digest(second[name])]
    return Comparison(
        same=tuple(name for name in shared if name not in set(changed)),
        changed=tuple(changed),
        only_before=tuple(sorted(first.keys() - second.keys())),
        only_after=tuple(sorted(second.keys() - first.keys())),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line without its program; by default the process's own.

    Returns
    -------
    int
        0 where both folders hold the same bytes, else 1.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    options = parser.parse_args(arguments)
    comparison = compare(options.before, options.after)
    for word, names in (
        ("changed", comparison.changed),
        ("only before", comparison.only_before),
        ("only after", comparison.only_after),
    ):
        for name in names:
            print(f"{word}: {name}")
    print(
        f"{len(comparison.same)} files the same, {len(comparison.changed)} changed, "
        f"{len(comparison.only_before)} only before, {len(comparison.only_after)} only after"
    )
    return 0 if comparison.equal else 1


if __name__ == "__main__":
    sys.exit(main())
