"""The page of the explorer within the shell of the report site."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from gestalt_regions.core import io
from gestalt_regions.report.explorer.explorer_files import Contents, write_data
from gestalt_regions.report.web.shell import ASSETS, Shell

PAGE, TEMPLATE = "explorer.html", "explorer.html.j2"
OWN = ("explorer.css", "explorer_data.js", "explorer_tiles.js", "explorer_panel.js", "explorer.js")


def write_explorer(
    base: str | os.PathLike,
    site: str | os.PathLike,
    shell: Shell,
    files: Sequence[str | os.PathLike],
    sets_path: str | os.PathLike,
    *,
    config: Mapping,
    contents: Contents,
) -> None:
    """Write explorer.html, its assets and its data into the folder of the report site.

    Parameters
    ----------
    base : str or path
        results/{cohort}.
    site : str or path
        The folder of the report site.
    shell : Shell
        With explorer.html among its pages.
    files : sequence of str or path
        All files of workflow/report/site.
    sets_path : str or path
        resources/regions.yaml.
    config : mapping
        The config of the study.
    contents : Contents
        What of the study is shown.
    """
    words = write_data(base, site, sets_path, config=config, contents=contents)
    sources = {Path(file).name: Path(file) for file in files}
    folder = Path(site) / ASSETS
    folder.mkdir(parents=True, exist_ok=True)
    for name in OWN:
        shutil.copyfile(sources[name], folder / name)
    html = shell.render(TEMPLATE, page=PAGE, heading="Explorer", truth=contents.truth, words=words)
    io.write_text(html, Path(site) / PAGE)
