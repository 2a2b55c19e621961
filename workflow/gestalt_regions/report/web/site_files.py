"""The files that a reader can take away from the site: tables, LaTeX, figures, numbers of charts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.core.errors import InputError
from gestalt_regions.report.web.shell import Shell

FILES = "files"
SAID = {"tables", "figures"}  # folders that a name need not repeat


class SiteFiles:
    """Copies files into the site's folder, each once.

    Parameters
    ----------
    base : Path
        results/{cohort}.
    site : Path
        The site's folder.
    shell : Shell
        Says how files are called.
    """

    def __init__(self, base: Path, site: Path, shell: Shell) -> None:
        self.base, self.site, self.shell = base, site, shell
        (site / FILES).mkdir(parents=True, exist_ok=True)

    def link(self, path: Path | None) -> str:
        """Copy a file of the study.

        Parameters
        ----------
        path : Path or None
            Below results/{cohort}.

        Returns
        -------
        str
            Where it is in the site; empty for None.

        Raises
        ------
        InputError
            Where there is no such file.
        """
        if path is None:
            return ""
        parts = [part for part in path.relative_to(self.base).parts if part not in SAID]
        target = f"{FILES}/{self.shell.file_name('_'.join(parts))}"
        try:
            shutil.copyfile(path, self.site / target)
        except FileNotFoundError:
            raise InputError(f"{path}: no such file; build it before the report") from None
        return target

    def write(self, table: pd.DataFrame, name: str) -> str:
        """Write a table that only the site has.

        Parameters
        ----------
        table : pandas.DataFrame
            The table.
        name : str
            Of the file, without .csv.

        Returns
        -------
        str
            Where it is in the site.
        """
        target = f"{FILES}/{self.shell.file_name(f'{name}.csv')}"
        io.write_table(table, self.site / target)
        return target
