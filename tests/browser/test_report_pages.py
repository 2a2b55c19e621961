"""The report of a small study in a browser: no errors, no requests, no serious faults; it can be used and printed."""

import pandas as pd
import pytest
from accessibility import scrolls_sideways, serious_faults
from report_study import CONFIG, build, write_evaluation, write_reported_study
from simulated_inputs import LABELS

PAGES = ["index", "cohort", "recognition_net", "regions_net", "hpo_net", "explanations_net", "photographs_net", "time"]


@pytest.fixture(scope="module")
def site(browser, tmp_path_factory, root):
    study = write_reported_study(tmp_path_factory.mktemp("study"))
    write_evaluation(study / "net" / "evaluation")
    config = CONFIG | {"evaluation": CONFIG["evaluation"] | {"in_report": True}}
    return build(study, root, config=config, groups=["sanity"])


def opened(page, site, name):
    page.goto((site / f"{name}.html").as_uri())
    page.evaluate("gestalt.startAll()")
    charts = page.locator(".chart").count()
    page.wait_for_function(f"document.querySelectorAll('.chart[data-drawn]').length === {charts}")
    return page


@pytest.mark.parametrize("name", PAGES)
def test_each_page_can_be_used_by_people(browser_page, site, name):
    page = opened(browser_page, site, name)
    assert page.locator("header [aria-current=page]").count() == 1
    assert "SIMULATED" in page.locator("header .banner").inner_text()
    assert page.locator("h1").count() == 1
    assert serious_faults(page) == []
    assert scrolls_sideways(page) == ""


def test_photographs_are_filtered_sorted_and_downloaded(browser_page, site):
    page = opened(browser_page, site, "photographs_net")
    page.get_by_label("label", exact=True).select_option("KS")
    page.get_by_label("set", exact=True).select_option("folds")
    header = page.locator("table.data th", has_text="photograph")
    header.click()
    page.wait_for_selector("th[aria-sort=ascending]")
    header.click()
    page.wait_for_selector("th[aria-sort=descending]")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the rows shown").click()
    assert download.value.suggested_filename.startswith("SIMULATED_")
    table = pd.read_csv(download.value.path())
    assert set(table["label"]) == {"KS"} and set(table["set"]) == {"folds"} and len(table) == 12
    assert table["photograph"].is_monotonic_decreasing
    assert page.locator("table.data .face").first.get_attribute("aria-label").startswith("Face of KS")


def test_a_method_is_chosen_by_keyboard_in_a_chart(browser_page, site):
    page = opened(browser_page, site, "regions_net")
    chart = page.locator(".chart svg.marks").first
    before = chart.inner_html()
    choice = page.locator(".chart select").first
    choice.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("before => document.querySelector('.chart svg.marks').innerHTML !== before", arg=before)
    assert all(label in chart.inner_html() for label in LABELS)


def test_marks_of_a_chart_stay_quiet_where_it_is_drawn_anew(browser_page, site):
    page = opened(browser_page, site, "recognition_net")
    marks = "document.querySelectorAll('.chart svg.marks [role]').length"
    wide = page.locator(".chart svg.marks").first.bounding_box()["width"]
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_function(f"document.querySelector('.chart svg.marks').getBoundingClientRect().width < {wide - 100}")
    page.wait_for_timeout(300)
    assert page.evaluate(marks) == 0
    assert serious_faults(page) == []


def test_a_figure_opens_by_keyboard(browser_page, site):
    page = opened(browser_page, site, "regions_net")
    page.locator("a.zoom").first.focus()
    page.keyboard.press("Enter")
    large = page.locator("dialog.large")
    assert large.is_visible() and large.locator("p").inner_text().startswith("Figure 5")
    assert "SIMULATED_net_figure5.png" in large.locator("a.open").get_attribute("href")
    page.keyboard.press("Escape")
    assert large.is_hidden()


def test_the_findings_lead_to_their_numbers(browser_page, site):
    page = opened(browser_page, site, "index")
    assert page.locator(".finding").count() > 3
    page.locator(".finding a[href*='recognition_net']").first.click()
    page.wait_for_url("**/recognition_net.html*")
    assert page.locator("h1").inner_text() == "Recognition by net"


@pytest.mark.parametrize("name", ["index", "recognition_net"])
def test_pages_print(browser_page, site, name):
    page = opened(browser_page, site, name)
    page.emulate_media(media="print")
    assert page.locator("header nav").is_hidden() and page.locator("header .banner").is_visible()
    assert page.pdf().startswith(b"%PDF")
