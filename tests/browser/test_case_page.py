"""The page of a case in a browser: sliders and choices by keyboard, print, phone, no request, no fault."""

import re

import numpy as np
import pytest
import skimage.data
from accessibility import scrolls_sideways, serious_faults
from gestalt_regions.report.case_page.write_case_page import write_case_page
from PIL import Image
from simulated_case import write_case

MOST_BYTES = 6_000_000


def written(folder, files, **options):
    write_case_page(write_case(folder, **options), folder / "index.html", files)
    return folder / "index.html"


@pytest.fixture(scope="module")
def html(tmp_path_factory, site_files):
    return written(tmp_path_factory.mktemp("case"), site_files)


@pytest.fixture
def page(html, browser_page):
    browser_page.goto(html.as_uri())
    return browser_page


def opacity(page, what):
    return float(page.locator(what).first.evaluate("part => getComputedStyle(part).opacity"))


def shown(page, what):
    return [part.get_attribute("data-class") for part in page.locator(what).all() if part.is_visible()]


def test_the_maps_grow_fainter_by_keyboard(page):
    before = opacity(page, ".layer")
    slider = page.get_by_label("Strength of the maps")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert opacity(page, ".layer") == pytest.approx(before - 0.05)
    page.keyboard.press("Home")
    assert {opacity(page, f".map:nth-child({k}) .layer") for k in (1, 2, 3, 4)} == {0}
    assert page.locator("output[for=opacity]").inner_text() == "0 %"


def test_two_classes_stand_side_by_side_and_one_stays(page):
    maps = "[aria-labelledby=reasons] .class-column"
    assert shown(page, maps) == ["NS"]
    page.get_by_label("KS", exact=True).focus()
    page.keyboard.press("Space")
    assert shown(page, maps) == ["NS", "KS"]
    left, right = (page.locator(f"{maps}[data-class={label}]").bounding_box() for label in ("NS", "KS"))
    assert left["y"] == right["y"] and left["x"] + left["width"] <= right["x"]
    page.get_by_label("NS", exact=True).uncheck()
    page.get_by_label("KS", exact=True).click()  # the last one cannot be taken away
    assert shown(page, maps) == shown(page, "[aria-labelledby=changes] .class-column") == ["KS"]


def test_regions_are_outlined_and_shown_for_each_method(page):
    outline = page.locator(".map svg.outlines").first
    assert outline.is_hidden()
    page.get_by_label("Outlines of the regions").check()
    assert outline.is_visible()
    assert (
        page.locator("#region-outlines path").first.evaluate("p => getComputedStyle(p).stroke") == "rgb(255, 255, 255)"
    )
    page.get_by_role("combobox", name="Method").select_option("GradCam")
    visible = [part.get_attribute("data-method") for part in page.locator(".of-method").all() if part.is_visible()]
    assert visible == ["GradCam"]


def test_the_original_is_seen_while_a_key_or_the_mouse_is_held(page):
    button = page.locator(".compare").first
    button.focus()
    assert opacity(page, ".compare .changed") == 1
    page.keyboard.down("Space")
    assert opacity(page, ".compare .changed") == 0
    page.keyboard.up("Space")
    assert opacity(page, ".compare .changed") == 1
    button.hover()
    page.mouse.down()
    assert opacity(page, ".compare .changed") == 0
    page.mouse.up()
    assert opacity(page, ".compare .changed") == 1


def test_original_and_changed_are_mixed_by_a_slider(page):
    page.get_by_role("slider", name="Original").focus()
    page.keyboard.press("Home")
    assert opacity(page, ".changed") == 0


def test_what_is_printed_is_what_was_chosen(page):
    page.get_by_label("Strength of the maps").fill("40")
    page.get_by_label("KS", exact=True).check()
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert opacity(page, ".layer") == 0.4
    assert page.locator(".controls").first.is_hidden()
    assert page.get_by_text("Temperature", exact=True).is_visible()  # what was folded
    tops = {page.locator(f"[data-class=KS] .map:nth-child({k})").bounding_box()["y"] for k in (1, 2, 3, 4)}
    assert len(tops) == 1
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("refusal", ["", "No face was found. Take a photograph of one face from the front."])
def test_people_can_use_it(tmp_path, site_files, browser_page, refusal):
    browser_page.goto(written(tmp_path, site_files, refusal=refusal).as_uri())
    for box in browser_page.locator("input[type=checkbox]").all():
        box.check()
    assert serious_faults(browser_page) == []
    assert scrolls_sideways(browser_page) == ""
    assert len(re.findall("For research, not for diagnosis|For research only", browser_page.content())) >= 1
    assert browser_page.locator("h1").count() == 1


def test_every_number_of_the_charts_is_read_out(page):
    rows = page.locator("[aria-labelledby=reasons] ~ section table.regions").first.get_by_role("row")
    assert "35\u00a0% of 40" in rows.nth(1).inner_text()
    assert all(chart.get_attribute("aria-hidden") == "true" for chart in page.locator("svg.strip").all())


def test_a_portrait_with_large_maps_can_be_mailed_and_read(tmp_path, site_files, browser_page):
    data = write_case(tmp_path, size=224)
    portrait = Image.fromarray(skimage.data.astronaut())  # public domain: NASA
    face = portrait.crop((150, 20, 300, 170)).resize((224, 224))
    for picture, name in ((portrait, "photo.jpg"), (face, "crop.png"), (face, "face.png")):
        picture.save(data / name)
    Image.open(data / "regions.png").resize((224, 224), Image.Resampling.NEAREST).save(data / "regions.png")
    draws = np.random.default_rng(1)  # noise: no picture is harder to store
    np.save(data / "maps.npy", draws.normal(0, 1, (8, 224, 224)).astype(np.float32))
    np.save(data / "pictures.npy", draws.integers(0, 256, (8, 224, 224, 3), np.uint8))
    write_case_page(data, tmp_path / "index.html", site_files)
    assert (tmp_path / "index.html").stat().st_size < MOST_BYTES
    browser_page.goto((tmp_path / "index.html").as_uri())
    widths = browser_page.evaluate("[...document.images].map((image) => image.naturalWidth)")
    assert len(widths) == 2 + 2 * 8 + 2 * 8 + 3 and min(widths) > 0
    assert browser_page.evaluate("[...document.images].every((image) => image.src.startsWith('data:'))")
    assert serious_faults(browser_page) == []


def test_without_scripts_all_classes_and_methods_are_there(html, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(html.as_uri())
    assert shown(page, "[aria-labelledby=reasons] .class-column") == ["NS", "KS"]
    assert page.locator(".controls").first.is_hidden()
    assert page.locator(".of-method").last.is_visible()
    context.close()
