"""MkDocs hook: pages and tables that are made from the code, the schemas and the registries when the site is built.

A page holds a marker, `<!-- made: saliency_methods -->`; the table takes its place. So no list is written twice, and
none that is made is committed.
"""

from __future__ import annotations

import re

import config_reference
import package_reference
import registry_tables
import workflow_facts
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

MARKER = re.compile(r"<!-- made: (\w+) -->")
TABLES = {
    "analyses": registry_tables.analyses,
    "assets": registry_tables.assets,
    "backbones": registry_tables.backbones,
    "changelog": workflow_facts.changelog,
    "config_reference": config_reference.reference,
    "detectors": registry_tables.detectors,
    "evaluation_groups": registry_tables.evaluation_groups,
    "measures": registry_tables.measures,
    "network_traits": registry_tables.network_traits,
    "paths": workflow_facts.paths,
    "region_sets": registry_tables.region_sets,
    "rooms": package_reference.rooms,
    "saliency_methods": registry_tables.saliency_methods,
    "signs": registry_tables.signs,
    "studies": workflow_facts.studies,
    "targets": workflow_facts.targets,
}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put one page for each room of the package into the navigation, in the rooms' order."""
    for tab in config.nav:
        for entry in tab.get("Reference", []) if isinstance(tab, dict) else []:
            if "Package" in entry:
                entry["Package"] = [entry["Package"], *package_reference.navigation()]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the package and the drawing of the rule graph."""
    for path, text in package_reference.pages().items():
        files.append(File.generated(config, path, content=text))
    files.append(File.generated(config, "figures/rule_graph.svg", content=workflow_facts.rule_graph_svg()))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Fill every marker of a page; an unknown name ends the build."""

    def made(marker: re.Match[str]) -> str:
        if marker[1] not in TABLES:
            raise PluginError(f"{page.file.src_uri}: nothing is made by the name '{marker[1]}'")
        return TABLES[marker[1]]()

    return MARKER.sub(made, markdown)
