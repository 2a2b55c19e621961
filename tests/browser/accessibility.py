"""What people need of every page, as far as a program can see it."""

from __future__ import annotations


def serious_faults(page) -> list[str]:
    """What axe-core calls serious or critical on the page, with the first place of each.

    Parameters
    ----------
    page : playwright page
        Loaded.

    Returns
    -------
    list of str
        Rule, and where it is broken.
    """
    from axe_playwright_python.sync_playwright import Axe

    options = {"resultTypes": ["violations"], "preload": False}  # a page that is a file may not read its own style
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{fault['id']}: {fault['help']}; {len(fault['nodes'])} places, first {fault['nodes'][0]['html'][:200]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]


def scrolls_sideways(page, width: int = 360) -> str:
    """What makes the page wider than a phone.

    Parameters
    ----------
    page : playwright page
        Loaded.
    width : int
        Of the window, px.

    Returns
    -------
    str
        The widest element; empty if the page fits.
    """
    page.set_viewport_size({"width": width, "height": 740})
    return page.evaluate(
        """() => {
            const room = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= room) return "";
            const all = [...document.querySelectorAll("body *")];
            const wide = all.filter((e) => e.getBoundingClientRect().right > room + 1);
            return document.documentElement.scrollWidth + " px: " + (wide[0] ? wide[0].outerHTML.slice(0, 200) : "?");
        }"""
    )
