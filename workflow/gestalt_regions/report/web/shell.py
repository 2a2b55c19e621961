"""The shell of every page: header with the study's name and the simulated banner, navigation, footer, style, scripts.

No page asks anything of a network. A page of a site links to assets/ beside it; an inline page carries all it needs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
import markupsafe

from gestalt_regions.core import io
from gestalt_regions.core.errors import InputError
from gestalt_regions.report.web import libraries
from gestalt_regions.report.web.libraries import CHARTS, TABLES

ASSETS = "assets"
SCRIPTS: dict[str, tuple[str, Callable[[], str]]] = {
    TABLES: ("dt_bundle.js", libraries.tables_script),
    CHARTS: ("vega.js", libraries.charts_script),
}
STYLES: dict[str, tuple[str, Callable[[], str]]] = {TABLES: ("dt_bundle.css", libraries.tables_style)}


@dataclass(frozen=True)
class Page:
    """A page in the navigation.

    Attributes
    ----------
    file : str
        Its name, relative to the site's folder.
    title : str
        What the navigation calls it.
    group : str
        What it belongs to, for instance a model; empty for the whole study.
    """

    file: str
    title: str
    group: str = ""


def _by_group(pages: Iterable[Page]) -> list[tuple[str, list[Page]]]:
    """Pages in their order, put together by group."""
    groups: dict[str, list[Page]] = {}
    for page in pages:
        groups.setdefault(page.group, []).append(page)
    return list(groups.items())


def prose(text: str) -> markupsafe.Markup:
    """Text in which names stand between backticks, as HTML.

    Parameters
    ----------
    text : str
        Plain text, or HTML already.

    Returns
    -------
    markupsafe.Markup
        Escaped, names as code.
    """
    return markupsafe.Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(markupsafe.escape(text))))


class Shell:
    """Renders pages within the shell.

    Parameters
    ----------
    files : sequence of str or path
        All files of workflow/report/site: templates, style.css, site.js.
    pages : sequence of Page
        The navigation; none for a single page.
    title : str
        Name of the study (or of what a single page is about).
    simulated : str
        What is simulated, for the banner, as `simulated_phrase` says it; empty for photographs.
    inline : bool
        Whether each page carries style and scripts, so that it is one file.
    """

    def __init__(
        self,
        files: Sequence[str | os.PathLike],
        pages: Sequence[Page] = (),
        *,
        title: str,
        simulated: str = "",
        inline: bool = False,
    ) -> None:
        texts = {Path(file).name: Path(file).read_text(encoding="utf-8") for file in files}
        for name in ("base.html.j2", "style.css", "site.js"):
            if name not in texts:
                raise InputError(
                    f"workflow/report/site: {name} is not among the files of the page; name every file there"
                )
        self.style, self.script = texts.pop("style.css"), texts.pop("site.js")
        self.title, self.simulated, self.inline, self.pages = title, simulated, inline, list(pages)
        self.environment = jinja2.Environment(
            loader=jinja2.DictLoader(texts),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals["shell"] = self
        self.environment.filters["prose"] = prose
        # What a script puts into a page as HTML must be HTML.
        self.environment.filters["safe_cells"] = lambda lines: [
            [str(markupsafe.escape(c)) for c in line] for line in lines
        ]

    @property
    def groups(self) -> list[tuple[str, list[Page]]]:
        """The navigation.

        Returns
        -------
        list of (str, list of Page)
            Group and its pages.
        """
        return _by_group(self.pages)

    def file_name(self, name: str) -> str:
        """How a file is called that a reader takes away from a page.

        Parameters
        ----------
        name : str
            Of the file.

        Returns
        -------
        str
            Begins with SIMULATED_ if anything is simulated.
        """
        return f"SIMULATED_{name}" if self.simulated else name

    def library_styles(self, wanted: Iterable[str]) -> list[dict[str, str]]:
        """What the head of a page needs for its tables and charts.

        Parameters
        ----------
        wanted : iterable of str
            Of `tables`, `charts`.

        Returns
        -------
        list of dict
            href and, for an inline page, text.
        """
        return [self._library(*STYLES[name]) for name in wanted if name in STYLES]

    def library_scripts(self, wanted: Iterable[str]) -> list[dict[str, str]]:
        """What the end of a page needs for its tables and charts.

        Parameters
        ----------
        wanted : iterable of str
            Of `tables`, `charts`.

        Returns
        -------
        list of dict
            href and, for an inline page, text.
        """
        return [self._library(*SCRIPTS[name]) for name in wanted]

    def _library(self, name: str, text: Callable[[], str]) -> dict[str, str]:
        return {"href": f"{ASSETS}/{name}", "text": text() if self.inline else ""}

    def render(self, template: str, *, page: str = "", libraries: Sequence[str] = (), **values: object) -> str:
        """One page.

        Parameters
        ----------
        template : str
            Name of the template, which extends base.html.j2.
        page : str
            Its file, to mark it in the navigation.
        libraries : sequence of str
            What it needs: `tables`, `charts`.
        **values : object
            What the template names; `heading` also goes into the title.

        Returns
        -------
        str
            HTML.
        """
        given = {"heading": "", "page": page, "libraries": list(libraries)} | values
        return self.environment.get_template(template).render(**given)

    def write_assets(self, folder: str | os.PathLike, wanted: Sequence[str] = (TABLES, CHARTS)) -> None:
        """Write style and scripts, once for all pages of a site.

        Parameters
        ----------
        folder : str or path
            The site's folder.
        wanted : sequence of str
            Libraries: `tables`, `charts`.
        """
        assets = Path(folder) / ASSETS
        io.write_text(self.style, assets / "style.css")
        io.write_text(self.script, assets / "site.js")
        for name, text in [*(SCRIPTS[n] for n in wanted), *(STYLES[n] for n in wanted if n in STYLES)]:
            io.write_text(text(), assets / name)
        if wanted:
            io.write_text(libraries.library_licences(), assets / "LICENCES.txt")
