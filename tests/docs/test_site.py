"""The documentation site has everything that can be named, and fetches nothing when it is read."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from gestalt_regions import ROOMS
from gestalt_regions.evaluation.measure_registry import GROUPS, load_measures
from gestalt_regions.faces.detector_registry import DETECTORS
from gestalt_regions.models.backbones import BACKBONES
from gestalt_regions.saliency.method_registry import load_methods
from gestalt_regions.statistics.analyses.analysis_registry import ANALYSES
from gestalt_regions.study.schema import load_schema

FETCHED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}


class Fetched(HTMLParser):
    """Everything that a browser fetches for a page by itself: scripts, styles, fonts, pictures; no links."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in FETCHED:
            self.addresses += [value for name, value in attrs if name == FETCHED[tag] and value]


def elsewhere(page: str) -> list[str]:
    """What a page fetches from another place than the site."""
    parser = Fetched()
    parser.feed(page)
    return [address for address in parser.addresses if re.match(r"(https?:)?//", address)]


def config_keys(schema: dict, path: str = "") -> list[str]:
    """Every key below a schema that has a name of its own, with dots."""
    names = [(f"{path}.{name}".lstrip("."), below) for name, below in schema.get("properties", {}).items()]
    if isinstance(schema.get("additionalProperties"), dict):
        names.append((f"{path}.<name>", schema["additionalProperties"]))
    return [key for name, below in names for key in (name, *config_keys(below, name))]


def page(site: Path, name: str) -> str:
    return html.unescape((site / f"{name}.html").read_text(encoding="utf-8"))


def test_no_page_fetches_anything_from_elsewhere(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 50
    assert {str(path): found for path in pages if (found := elsewhere(path.read_text(encoding="utf-8")))} == {}
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert styles and not any(re.search(r"(@import|url\()\s*['\"]?(https?:)?//", style) for style in styles)


def test_a_script_a_font_or_a_picture_from_elsewhere_is_seen():
    text = '<script src="https://a.org/x.js"></script><link href="//fonts.org/f"><img src="figures/x.png"><a href="https://b">'
    assert elsewhere(text) == ["https://a.org/x.js", "//fonts.org/f"]


def test_the_config_page_has_every_key_of_the_schemas(root, site):
    anchors = set(re.findall(r'<a id="([^"]+)"', page(site, "reference/config")))
    keys = {key for key in config_keys(load_schema(root / "config/schemas")) if "." in key}
    assert len(keys) > 200
    assert keys - anchors == set()


def test_the_config_page_states_defaults_and_allowed_values(site):
    row = re.search(r'<a id="faces.detector">.*?</tr>', page(site, "reference/config"), re.S).group()
    assert all(f"<code>{name}</code>" in row for name in DETECTORS)
    row = re.search(r'<a id="run.seed">.*?</tr>', page(site, "reference/config"), re.S).group()
    assert "<code>42</code>" in row and "integer, at least 0" in row


@pytest.mark.parametrize(
    ("name", "registered"),
    [
        ("reference/methods", load_methods()),
        ("reference/backbones", BACKBONES),
        ("reference/measures", load_measures()),
        ("concepts/evaluation", GROUPS),
        ("concepts/corrected", ANALYSES),
        ("howto/photographs", DETECTORS),
    ],
)
def test_everything_registered_is_listed(site, name, registered):
    text = page(site, name)
    assert registered and [entry for entry in registered if f"<code>{entry}</code>" not in text] == []


def test_every_method_has_its_parameters(site):
    text = page(site, "reference/methods")
    for method in load_methods().values():
        parameters = ", ".join(f"{name}={value!r}" for name, value in method.parameters.items())
        assert f"<code>{parameters}</code>" in text or not parameters


def test_every_room_and_module_of_the_package_has_its_place(root, site):
    navigation = page(site, "index")
    package = root / "workflow/gestalt_regions"
    for room in ROOMS:
        assert f"reference/api/{room}.html" in navigation
        text = page(site, f"reference/api/{room}")
        for path in (package / room).rglob("*.py"):
            if path.stem != "__main__":
                module = ".".join(path.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__")
                assert f'id="{module}"' in text, module


def test_every_asset_is_there_with_its_licence(root, site):
    text = page(site, "about/licences")
    for entry in yaml.safe_load((root / "resources/assets.yaml").read_text()).values():
        cells = entry["about"], f"{entry['package']} {entry['version']}", entry["licence"]
        assert all(f"<td>{value}</td>" in text for value in cells), entry


def test_every_sign_of_a_recipe_is_listed(root, site):
    text = page(site, "concepts/signs")
    for path in (root / "resources/syndromes").glob("*.yaml"):
        recipe = yaml.safe_load(path.read_text())
        for term in recipe["terms"]:
            row = re.search(rf"<tr>\s*<td>(<strong>)?{re.escape(term)}<.*?</tr>", text, re.S)
            assert row and recipe["label"] in row.group(), term


def test_every_study_is_listed_and_the_rule_graph_is_drawn(root, site):
    text = page(site, "howto/run")
    assert all(f"<code>{path.name}</code>" in text for path in (root / "config/studies").glob("*.yaml"))
    assert "<svg" in (site / "figures/rule_graph.svg").read_text(encoding="utf-8")


def test_the_four_people_come_first(root):
    text = (root / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1]
    assert re.findall(r"start/(\w+)\.md", text) == ["student", "clinician", "reviewer", "researcher"]
    assert text.index("start/") < text.index("results/") < text.index("reference/")
