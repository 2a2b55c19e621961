"""The shell in a browser: tables sort, filter and download; figures open by keyboard; charts are drawn; no faults."""

import base64
import io
import re
import shutil
import subprocess

import jinja2
import pandas as pd
import pytest
from accessibility import scrolls_sideways, serious_faults
from gestalt_regions.core.errors import InputError
from gestalt_regions.report.web.shell import Page, Shell
from PIL import Image

SPEC = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
    "description": "Accuracy by class",
    "data": {"values": [{"class": "WS", "accuracy": 0.9}, {"class": "NS", "accuracy": 0.7}]},
    "mark": "bar",
    "encoding": {"x": {"field": "accuracy", "type": "quantitative"}, "y": {"field": "class", "type": "nominal"}},
}
TEMPLATE = """{% extends "base.html.j2" %}{% import "macros.html.j2" as show %}
{% block content %}<h1>{{ heading }}</h1>
{{ show.table("Faces", ["name", "value"], lines, name="faces") }}
{{ show.figure(picture, "A red square", "a red square") }}
{{ show.chart(spec, "accuracy", "Accuracy by class", "Higher is better.") }}
{% endblock %}"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory, site_files):
    """One page within a site and the same as a single file."""
    folder = tmp_path_factory.mktemp("site")
    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), "red").save(buffer, "PNG")
    picture = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    lines = [[f"face {k}", f"{(k * 37) % 101 / 10} [0.1, 9.9]"] for k in range(60)]
    values = {"heading": "A page", "lines": lines, "picture": picture, "spec": SPEC}
    for inline in (False, True):
        nav = [Page("one.html", "One"), Page("other.html", "Two", "net")]
        shell = Shell(site_files, nav, title="test", simulated="simulated cohort", inline=inline)
        shell.environment.loader = jinja2.ChoiceLoader([shell.environment.loader, jinja2.DictLoader({"p": TEMPLATE})])
        name = "inline.html" if inline else "one.html"
        (folder / name).write_text(shell.render("p", page="one.html", libraries=["tables", "charts"], **values))
        if not inline:
            shell.write_assets(folder)
    return folder


@pytest.fixture(params=["one.html", "inline.html"])
def page(request, pages, browser_page):
    browser_page.goto((pages / request.param).as_uri())
    browser_page.evaluate("gestalt.startAll()")
    browser_page.wait_for_selector(".chart[data-drawn] svg")
    return browser_page


def values(page):
    return [float(text.split()[0]) for text in page.locator("table.data tbody td:nth-child(2)").all_inner_texts()]


def test_a_table_sorts_by_number_filters_and_goes_by_pages(page):
    assert len(values(page)) == 25
    title = page.locator("table.data th", has_text="value")
    title.click()
    page.wait_for_selector("th[aria-sort=ascending]")
    rising = values(page)
    title.click()
    page.wait_for_selector("th[aria-sort=descending]")
    falling = values(page)
    assert rising == sorted(rising) and rising[0] < 1
    assert falling == sorted(falling, reverse=True) and falling[0] > 9
    page.get_by_label("Filter: Faces").fill("face 17")
    assert page.locator("table.data tbody tr").count() == 1


def test_what_is_downloaded_is_called_simulated(page):
    page.get_by_label("Filter: Faces").fill("face 59")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the rows shown").click()
    assert download.value.suggested_filename == "SIMULATED_faces.csv"
    table = pd.read_csv(download.value.path())
    assert table.to_dict("list") == {"name": ["face 59"], "value": [f"{59 * 37 % 101 / 10} [0.1, 9.9]"]}


def test_a_figure_opens_by_keyboard_and_closes(page):
    page.locator("a.zoom").focus()
    page.keyboard.press("Enter")
    large = page.locator("dialog.large")
    assert large.is_visible() and large.locator("p").inner_text() == "A red square"
    before = large.locator("img").bounding_box()["width"]
    page.keyboard.press("+")
    assert large.locator("img").bounding_box()["width"] > before
    page.keyboard.press("Escape")
    assert not large.is_visible()
    assert page.evaluate("document.activeElement.className") == "zoom"


def test_the_page_can_be_used_by_people(page):
    assert serious_faults(page) == []
    assert scrolls_sideways(page) == ""
    assert page.locator("header nav [aria-current=page]").inner_text() == "One"
    assert "SIMULATED" in page.locator("header .banner").inner_text()
    page.emulate_media(media="print")
    assert page.locator("header nav").is_hidden() and page.locator("header .banner").is_visible()
    assert page.pdf().startswith(b"%PDF")


def test_the_page_works_without_script(pages, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((pages / "one.html").as_uri())
    assert page.locator("table.data tbody tr").count() == 60
    assert page.get_by_text("The chart itself needs scripts").is_visible()
    context.close()


def test_a_fault_is_seen(tmp_path, browser_page):
    path = tmp_path / "bad.html"
    path.write_text('<html><body><img src="data:,"><div style="width:900px">wide</div></body></html>')
    browser_page.goto(path.as_uri())
    assert any(fault.startswith("image-alt") for fault in serious_faults(browser_page))
    assert "900" in scrolls_sideways(browser_page)


def test_photographs_have_no_banner_and_plain_file_names(site_files):
    shell = Shell(site_files, title="nih", inline=False)
    page = shell.render("base.html.j2")
    assert "SIMULATED" not in page and shell.file_name("x.csv") == "x.csv"
    assert not re.search(r'(src|href)="https?:', page)


def test_a_missing_file_is_named(site_files):
    with pytest.raises(InputError, match=r"site\.js"):
        Shell([path for path in site_files if path.name != "site.js"], title="x")


def test_it_is_said_when_there_is_no_browser(root, tmp_path):
    script = str(root / "envs/browser.sh")
    for name in ("bash", "id"):
        (tmp_path / name).symlink_to(shutil.which(name))
    without = subprocess.run(["bash", script], env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert without.returncode == 0 and "skipped" in without.stderr
    (tmp_path / "chromium").symlink_to(shutil.which("true"))
    there = subprocess.run(["bash", script], env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert (there.returncode, there.stderr) == (0, "")
