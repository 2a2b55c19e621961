"""The explorer in a browser: by keyboard, by filters, by URL; without errors, without requests, for everybody."""

import csv
import json
import re
import shutil

import pytest
from accessibility import scrolls_sideways, serious_faults
from explored_study import CONFIG, HELD, contents, write_tiny_study
from gestalt_regions.report.explorer.explorer_page import PAGE, write_explorer
from gestalt_regions.report.web.addresses import face_address
from gestalt_regions.report.web.shell import Page, Shell

FIRST = "KS-001-1"  # has maps and a twin
OTHER = "NS-002-1"


def make_site(root, site_files, folder, changes=None, models=("net",)):
    """The explorer of the tiny study in a folder of its own."""
    for model in models:
        base = write_tiny_study(folder, model)
    shell = Shell(site_files, [Page(PAGE, "Explorer")], title="tiny", simulated="simulated cohort")
    site, what = folder / "site", contents(models=dict.fromkeys(models, 32), **(changes or {}))
    write_explorer(base, site, shell, site_files, root / "resources/regions.yaml", config=CONFIG, contents=what)
    shell.write_assets(site, [])
    return site / PAGE


@pytest.fixture(scope="module")
def site(root, site_files, tmp_path_factory):
    return make_site(root, site_files, tmp_path_factory.mktemp("explorer"))


def go(page, site, state=""):
    """Open the page in a state and wait until it shows it."""
    page.goto("about:blank")
    page.goto(site.as_uri() + (f"#{state}" if state else ""))
    page.wait_for_selector("html[data-ready]")
    return page


def settled(page, part):
    """Wait until the URL says `part` and the page shows what it says."""
    page.wait_for_function(
        "(part) => location.hash.includes(part) && document.documentElement.dataset.ready === location.hash", arg=part
    )


def shown(page, panel="face"):
    return page.inner_text(f"#{panel} h2").split()[1]


def ids(page):
    return [name.removeprefix("✗ ") for name in page.locator("#strip .name").all_text_contents()]


def test_a_face_is_shown_with_its_maps_regions_answers_and_truth(browser_page, site):
    page = go(browser_page, site, f"face={FIRST}")
    assert shown(page) == FIRST
    assert page.locator("#face .methods [role=option]").count() == 3
    assert page.locator("#face .outlines path").count() > 0
    assert "the same person without the syndrome" in page.inner_text("#face .pictures")
    assert "reverted by rendering" in page.inner_text("#face .drops")
    assert "70.0%" in page.inner_text("#face .answers") or "50.0%" in page.inner_text("#face .answers")
    assert FIRST in page.inner_text("#said")
    loaded = page.evaluate(
        """() => Promise.all([...document.querySelectorAll("#face .map, #face .under, .thumb")].map((node) => {
            const image = new Image();
            image.src = getComputedStyle(node).backgroundImage.slice(5, -2);
            return image.decode().then(() => true, () => image.src);
        }))"""
    )
    assert set(loaded) == {True}
    known = "document.querySelector(node.style.filter.slice(5, -2)) !== null"
    filters = page.evaluate(f"[...document.querySelectorAll('#face .map')].map((node) => {known})")
    assert len(filters) == 5
    assert all(filters)


def test_arrow_keys_move_between_faces_and_between_methods(browser_page, site):
    page = go(browser_page, site, f"face={FIRST}")
    page.focus("#strip")
    page.keyboard.press("ArrowRight")
    settled(page, "KS-002-1")
    assert shown(page) == "KS-002-1"
    page.keyboard.press("End")
    settled(page, HELD)
    assert page.get_attribute("#strip", "aria-activedescendant") == page.get_attribute(
        "#strip [aria-selected=true]", "id"
    )
    assert "wrong" in page.inner_text("#said") or "right" in page.inner_text("#said")
    page.focus("#face .methods")
    page.keyboard.press("ArrowRight")
    settled(page, "method=GradCam")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "listbox"
    page.keyboard.press("ArrowRight")
    settled(page, "method=Sobel")
    assert "Sobel" in page.inner_text("#face .detail h3")
    assert page.input_value("#settings [name=method]") == "Sobel"


def test_filters_choose_faces_and_sorting_orders_them(browser_page, site):
    page = go(browser_page, site)
    everybody = ids(page)
    assert len(everybody) == 13
    page.click("#filters summary")
    page.select_option("[name=class]", "NS")
    settled(page, "class=NS")
    assert ids(page) == [name for name in everybody if name.startswith("NS")]
    page.select_option("[name='is.sex']", "male")
    settled(page, "is.sex=male")
    assert ids(page) == ["NS-001-1", "NS-003-1"]
    page.click("#clear")
    page.wait_for_function("document.querySelectorAll('#strip li').length === 13")
    page.select_option("[name=result]", "wrong")
    settled(page, "result=wrong")
    assert 0 < len(ids(page)) < 13
    assert page.locator("#strip .wrong").count() == len(ids(page))
    page.click("#clear")
    page.fill("[name=q]", "ns-h")
    settled(page, "q=ns-h")
    assert ids(page) == [HELD]
    assert page.inner_text("#count") == "1 of 13 faces"
    page.fill("[name=q]", "nobody")
    settled(page, "q=nobody")
    assert page.is_visible("#none")
    page.fill("[name=q]", "")
    page.wait_for_function("document.querySelectorAll('#strip li').length === 13")
    page.select_option("[name=sort]", "own-up")
    settled(page, "sort=own-up")
    names, own = page.evaluate("[EXPLORER_DATA.index.ids, EXPLORER_DATA['net/index'].own]")
    told = dict(zip(names, own, strict=True))
    assert [told[name] for name in ids(page)] == sorted(told.values())


def test_every_state_is_in_the_url_and_back_undoes_a_step(browser_page, site):
    page = go(browser_page, site, f"face={FIRST}")
    page.select_option("[name=method]", "GradCam")
    settled(page, "method=GradCam")
    page.select_option("[name=vs]", "Sobel")
    settled(page, "vs=Sobel")
    page.select_option("[name=values]", "size")
    settled(page, "values=size")
    page.click(f"#strip [title^='{OTHER}']")
    settled(page, OTHER)
    url = page.url
    assert re.search(rf"#face={OTHER}&method=GradCam&vs=Sobel&values=size$", url)
    page.go_back()
    settled(page, FIRST)
    assert shown(page) == FIRST
    page.go_back()
    page.wait_for_function(
        "!location.hash.includes('values') && document.documentElement.dataset.ready === location.hash"
    )
    assert page.input_value("[name=values]") == "signed"
    go(page, site, url.split("#")[1])
    assert shown(page) == OTHER
    assert page.inner_text("#face .detail h3") == "GradCam and Sobel"
    assert page.input_value("[name=values]") == "size"


def test_two_faces_stand_side_by_side_and_share_the_method(browser_page, site):
    page = go(browser_page, site, f"face={FIRST}&method=GradCam")
    page.click("text=Pin this face beside")
    settled(page, f"pin={FIRST}")
    page.click(f"#strip [title^='{HELD}']")
    settled(page, HELD)
    assert (shown(page), shown(page, "pin")) == (HELD, FIRST)
    assert "mean of 2 of 3 networks" in page.inner_text("#face .maps")
    assert page.inner_text("#pin .detail h3") == page.inner_text("#face .detail h3") == "GradCam"
    boxes = [page.locator(f"#{name}").bounding_box() for name in ("face", "pin")]
    assert boxes[0]["y"] == boxes[1]["y"]
    page.click("text=Swap the two")
    settled(page, f"pin={HELD}")
    assert (shown(page), shown(page, "pin")) == (FIRST, HELD)
    page.click("text=Unpin")
    page.wait_for_selector("#pin", state="hidden")


def test_colours_scale_opacity_and_outlines_follow_the_settings(browser_page, site):
    page = go(browser_page, site, f"face={FIRST}&method=Gradient")
    red = "getElementById(document.querySelector('#face .map[data-place]').style.filter.slice(6, -2))"
    table = f"document.{red}.querySelector('feFuncR').getAttribute('tableValues')"
    first = page.evaluate(table)
    assert len(first.split()) == 256
    signed = [float(value) for value in first.split()]
    assert signed[128] > 0.9  # zero is near white
    assert signed[1] < 0.1 < 0.3 < signed[254]  # blue against, red for
    page.select_option("[name=values]", "size")
    settled(page, "values=size")
    assert page.evaluate(table) != first
    second = page.evaluate(table)
    page.select_option("[name=scale]", "method")
    settled(page, "scale=method")
    assert page.evaluate(table) != second
    page.fill("[name=opacity]", "20")
    settled(page, "opacity=20")
    assert page.evaluate("document.querySelector('#face .methods .map').style.opacity") == "0.2"
    page.uncheck("[name=lines]")
    settled(page, "lines=0")
    assert page.locator("#face .outlines path").count() == 0


def test_coefficients_are_downloaded_under_a_name_that_says_simulated(browser_page, site, tmp_path):
    page = go(browser_page, site, f"face={HELD}")
    with page.expect_download() as waiting:
        page.click("text=Coefficients (CSV)")
    assert waiting.value.suggested_filename == f"SIMULATED_explorer_{HELD}_net_coefficients.csv"
    waiting.value.save_as(tmp_path / "table.csv")
    rows = list(csv.DictReader((tmp_path / "table.csv").open()))
    assert len(rows) == 2 * 2 * 3
    line = next(
        row for row in rows if (row["method"], row["policy"], row["region"]) == ("GradCam", "signed_raw", "nose")
    )
    assert float(line["coefficient"]) == pytest.approx(0.4)
    assert (line["target"], line["networks_averaged"], line["simulated"]) == ("NS", "2", "True")


def test_faces_that_are_not_there_say_why(browser_page, site):
    page = go(browser_page, site, "face=KS-009-1")
    assert "no_face" in page.inner_text("#face")
    go(page, site, "face=nobody")
    assert "No face is called nobody" in page.inner_text("#face")
    maps = page.evaluate("EXPLORER_DATA['net/index'].with_maps")
    without = next(number for number in range(13) if number not in maps)
    go(page, site, f"face={page.evaluate('EXPLORER_DATA.index.ids')[without]}")
    assert "No maps" in page.inner_text("#face .maps")


def test_truth_can_stand_beside_a_map(browser_page, site):
    page = go(browser_page, site, f"face={FIRST}&method=GradCam&vs=truth")
    assert page.inner_text("#face .detail h3") == "GradCam and the truth"
    assert "up to 40 grey levels" in page.inner_text("#face .detail")


@pytest.mark.parametrize(
    ("changes", "models", "said"),
    [
        ({"truth": False, "drops": False}, ("net",), "No truth beside the maps"),
        ({"methods": ("GradCam",), "controls": (), "tabled": ()}, ("net",), ""),
        ({"methods": (), "controls": (), "tabled": ()}, ("net",), "No maps: the study has no saliency methods"),
        ({}, ("net", "other"), ""),
    ],
)
def test_studies_that_have_less_or_more(browser_page, root, site_files, tmp_path, changes, models, said):
    page = go(browser_page, make_site(root, site_files, tmp_path, changes, models), f"face={FIRST}")
    assert said in page.inner_text("main")
    assert shown(page) == FIRST
    assert page.is_visible("#model") == (len(models) > 1)
    assert page.locator("#face .methods [role=option]").count() == len(changes.get("methods", contents().methods))
    if len(models) > 1:
        page.select_option("#model", "other")
        settled(page, "model=other")
        assert "/other/" in page.evaluate("document.querySelector('#face .map[data-place]').style.backgroundImage")


@pytest.mark.parametrize("state", ["", f"face={FIRST}&method=GradCam&vs=Gradient&pin={HELD}", "q=nobody"])
def test_no_serious_fault_and_room_on_a_phone(browser_page, site, state):
    page = go(browser_page, site, state)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert serious_faults(page) == []
    assert scrolls_sideways(page) == ""


def test_of_thousands_of_faces_only_those_that_are_seen_are_made(browser_page, root, site_files, tmp_path):
    site = make_site(root, site_files, tmp_path)
    for key, many in (("index", ("ids", "label", "fold")), ("net/index", ("predicted", "top", "own"))):
        path = site.parent / "explorer" / f"{key}.js"
        start, _, rest = path.read_text().partition("]=")
        told = json.loads(rest.rstrip(";\n"))
        for name in many:
            told[name] = told[name] * 400
        if key == "index":
            told["ids"] = [f"{name}.{place}" if place >= 13 else name for place, name in enumerate(told["ids"])]
            told["attributes"] = []
        path.write_text(f"{start}]={json.dumps(told)};")
    thumbs = site.parent / "explorer" / "thumbs"
    for number in range(1, 52):
        shutil.copyfile(thumbs / "0.webp", thumbs / f"{number}.webp")
    page = go(browser_page, site, f"face={FIRST}")
    assert page.inner_text("#count") == "5200 of 5200 faces"
    assert page.locator("#strip li").count() < 100
    page.evaluate("document.getElementById('strip').scrollTop = 60000")
    page.wait_for_function("Number(document.querySelector('#strip li').dataset.number) > 1000")
    assert page.locator("#strip li").count() < 100
    page.focus("#strip")
    page.keyboard.press("ArrowRight")
    settled(page, "KS-002-1")
    assert page.locator("#strip [aria-selected=true]").get_attribute("aria-posinset") == "2"
    box, strip = page.locator("#strip [aria-selected=true]").bounding_box(), page.locator("#strip").bounding_box()
    assert strip["y"] <= box["y"] < strip["y"] + strip["height"]


def test_nothing_is_on_the_page_that_was_not_asked_for(browser_page, site):
    page = go(browser_page, site, f"face={OTHER}")
    loaded = page.evaluate("Object.keys(EXPLORER_DATA)")
    assert sorted(loaded) == ["faces/0", "index", "net/0", "net/index"]
    assert json.loads(page.evaluate("JSON.stringify(Explorer.read())"))["face"] == OTHER


@pytest.mark.parametrize(("model", "chosen"), [("other-net_2", "other-net_2"), ("", "net")])
def test_the_link_of_a_photograph_opens_its_own_model(browser_page, root, site_files, tmp_path, model, chosen):
    site = make_site(root, site_files, tmp_path, models=("net", "other-net_2"))
    page = go(browser_page, site, face_address(FIRST, model).partition("#")[2])
    assert shown(page) == FIRST and page.input_value("#model") == chosen
    loaded = page.evaluate("Object.keys(EXPLORER_DATA)")
    assert [key for key in loaded if key.endswith("/index")] == [f"{chosen}/index"]
