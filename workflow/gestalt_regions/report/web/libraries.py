"""The scripts of others: DataTables as itables ships it, Vega-Lite as vl-convert ships it; nothing is fetched.

Pages are opened as files, where browsers load no modules; each script is made a classic one.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import distribution, version
from importlib.util import find_spec
from pathlib import Path

from gestalt_regions.core.errors import InputError

TABLES, CHARTS = "tables", "charts"  # what a page can ask for
SHIPPED_BY = {
    "itables": "DataTables with its extensions (MIT, SpryMedia Ltd), jQuery (MIT, OpenJS Foundation), JSZip (MIT)",
    "vl-convert-python": "Vega, Vega-Lite, Vega-Embed (BSD-3-Clause, University of Washington Interactive Data Lab)",
}


def _classic(script: str, ending: str) -> str:
    """A script whose names stay inside, and which may stand in a page."""
    inside = script.replace("</script", r"<\/script")
    return f'(function () {{\n"use strict";\n{inside}\n{ending}\n}})();\n'


def _datatables(name: str) -> str:
    spec = find_spec("itables")
    if spec is None or spec.origin is None:
        raise InputError("itables is not installed; run `make setup`")
    return (Path(spec.origin).parent / "html" / name).read_text(encoding="utf-8")


@cache
def tables_script() -> str:
    """DataTables as a classic script.

    Returns
    -------
    str
        Gives the page `DataTable`.

    Raises
    ------
    InputError
        Where itables is missing or ships another kind of script.
    """
    module = _datatables("dt_bundle.js")
    exports = re.search(r"export\s*\{([^{}]*)\}\s*;?", module)
    named = re.search(r"([\w$]+) as default", exports[1]) if exports else None
    if not exports or not named:
        raise InputError(f"itables {version('itables')}: its script has no default export; install the pinned version")
    script = module[: exports.start()] + module[exports.end() :]
    return _classic(script, f"window.DataTable = {named[1]};")


@cache
def tables_style() -> str:
    """The style of DataTables.

    Returns
    -------
    str
        CSS.
    """
    return _datatables("dt_bundle.css")


@cache
def charts_script() -> str:
    """Vega, Vega-Lite and Vega-Embed as a classic script; takes seconds to make.

    Returns
    -------
    str
        Gives the page `vegaEmbed`.
    """
    import vl_convert

    return _classic(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"), "")


def library_licences() -> str:
    """The licences of the scripts, as the packages that ship them give them.

    Returns
    -------
    str
        Plain text, to lie beside the scripts.
    """
    parts = ["The scripts beside this file are unchanged, but for the way in which a page loads them."]
    for package, scripts in SHIPPED_BY.items():
        shipped = distribution(package)
        licence = next(file for file in shipped.files or [] if file.parts[-2:] == ("licenses", "LICENSE"))
        text = Path(str(shipped.locate_file(licence))).read_text(encoding="utf-8")
        parts.append(f"{scripts}\nShipped by {package} {shipped.version}:\n\n{text}")
    return "\n\n".join(parts)
