"""The page of a reader study in a browser: a whole study by keyboard, over a reload; its file; nothing is sent."""

import hashlib
import json

import pytest
from accessibility import scrolls_sideways, serious_faults
from drawn_reader_study import write_tiny_kit
from gestalt_regions.clinicians.reader_study.study_files import canonical_text, digest, first_problem

KUKU = 'I \u00e4 \u2028 "quote" \\ \U0001f600 \n end'  # what may trip a digest


@pytest.fixture(scope="module")
def study(root, tmp_path_factory):
    """Folder of the page and its design."""
    folder = tmp_path_factory.mktemp("reader_study")
    return folder / "kit", write_tiny_kit(root, folder, readers=8)


@pytest.fixture
def page(study, browser_page):
    browser_page.set_default_timeout(5000)
    browser_page.goto((study[0] / "index.html").as_uri())
    return browser_page


def number_with(design, sequence):
    return str(design["sequences"].index(sequence) + 1)


def heading(page):
    return page.inner_text("h1")


def enter(page, number, language="en"):
    """Consent, number, background, instructions: by keyboard alone."""
    page.select_option("#language", language)
    page.focus("#agree")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # from the heading, which has the focus
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def answer(page, text, tens):
    """Diagnosis and certainty by keyboard, from the heading of a step."""
    page.keyboard.press("Tab")
    page.keyboard.type(text)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # 0
    for _ in range(tens):
        page.keyboard.press("ArrowRight")


def agree(page, level):
    """One statement by keyboard, from the field before it."""
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(level - 1):
        page.keyboard.press("ArrowRight")


def go_on(page):
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "H1"  # the focus begins each step


def faces(page, count, *, explained, reload_at=None):
    """All faces: before, after, and what is thought of the explanations."""
    for face in range(count):
        answer(page, "kabuki", 3)
        assert page.locator("table").count() == 0  # the AI is not there yet
        go_on(page)
        if face == reload_at:
            before = heading(page)
            page.reload()
            assert heading(page) == before and page.locator("table").count() == 1  # no way back to the first answer
        assert page.locator("main img").count() == (3 if explained else 1)
        answer(page, "noonan", 6)
        go_on(page)
        for place in range(8 if explained else 0):
            agree(page, 1 + place % 5)
        if explained:
            go_on(page)


def composites(page, count):
    for _ in range(count):
        answer(page, "cannot", 0)
        agree(page, 2)
        agree(page, 5)
        go_on(page)


def saved(page, folder, button="#save"):
    with page.expect_download() as download:
        page.locator(button).press("Enter")
    download.value.save_as(folder / download.value.suggested_filename)
    return download.value.suggested_filename, json.loads(
        (folder / download.value.suggested_filename).read_text("utf-8")
    )


def test_a_whole_study_by_keyboard_over_a_reload(page, study, tmp_path):
    design = study[1]
    number = number_with(design, "ai_with_explanations")
    enter(page, number)
    faces(page, 3, explained=True, reload_at=1)
    composites(page, 3)
    page.keyboard.press("Tab")
    page.keyboard.insert_text(KUKU)
    page.keyboard.press("Tab")
    go_on(page)
    assert heading(page) == "Thank you"
    name, answers = saved(page, tmp_path)
    assert name == f"answers_{design['study']}_R{int(number):02d}.json"
    assert first_problem(answers, "answers") is None and digest(answers) == answers["digest"]
    assert json.loads(page.input_value("#copy")) == answers
    assert answers["remarks"] == KUKU and answers["finished"] >= answers["started"]
    assert answers["background"] == {"profession": "other_physician", "years": 7}
    assert {each["item"] for each in answers["answers"]} == {each["item"] for each in design["items"]}
    first = answers["answers"][0]
    assert (first["before"]["diagnosis"], first["before"]["confidence"]) == ("KS", 30)
    assert (first["after"]["diagnosis"], first["after"]["confidence"]) == ("NS", 60)
    assert first["before"]["milliseconds"] > 0
    assert [list(each.values())[1:] for each in first["explanations"]] == [[1, 2, 3, 4], [5, 1, 2, 3]]
    said = {"diagnosis": "cannot_say", "confidence": 0, "recognisable": 2, "typical": 5}
    assert all(said.items() <= each.items() for each in answers["composites"])
    page.reload()
    assert heading(page) == "Thank you"  # the file can be saved again


def test_in_german_without_explanations_half_finished_and_another_reader(page, study, tmp_path):
    design = study[1]
    number = number_with(design, "ai_alone")
    enter(page, number, "de")
    assert page.get_attribute("html", "lang") == "de" and heading(page) == "Gesicht 1 von 3"
    faces(page, 1, explained=False)
    page.locator("#stop").press("Enter")
    _, answers = saved(page, tmp_path, "#save-so-far")
    assert first_problem(answers, "answers") is None and digest(answers) == answers["digest"]
    assert answers["finished"] is None and answers["language"] == "de" and answers["sequence"] == "ai_alone"
    assert [each["after"] is None for each in answers["answers"]] == [False, True, True]
    order = [each["item"] for each in answers["answers"]]
    page.locator("#another").press("Enter")
    assert "Drücken Sie noch einmal" in page.inner_text("#another-sure")
    page.locator("#another").press("Enter")
    assert page.locator("#agree").is_visible()
    page.check("#agree")
    page.click("button.primary")
    page.fill("#number", number)  # the same reader once more goes on; order and answers are there
    page.click("button.primary")
    assert heading(page) == "Gesicht 2 von 3"
    assert page.get_attribute("main img", "src") == f"images/{order[1]}.jpg"


def test_readers_see_the_faces_in_orders_of_their_own(page):
    orders = page.evaluate("window.STUDY.items.map(({ item }) => item)")
    assert orders == ["F01", "F02", "F03"]
    shown = set()
    for number in range(1, 7):
        page.evaluate("localStorage.clear()")
        page.reload()
        enter(page, str(number))
        shown.add(page.get_attribute("main img", "src"))
    assert len(shown) > 1


def test_half_of_the_faces_are_in_each_arm_of_a_crossover(root, browser_page, tmp_path):
    design = write_tiny_kit(root, tmp_path, design="crossover", simulated=False, composites=False)
    browser_page.goto((tmp_path / "kit/index.html").as_uri())
    enter(browser_page, number_with(design, "ai_with_explanations_first"))
    assert browser_page.locator("#simulated").is_hidden()
    browser_page.locator("#stop").press("Enter")
    _, answers = saved(browser_page, tmp_path, "#save-so-far")
    arms = [each["arm"] for each in answers["answers"]]
    assert arms == ["ai_with_explanations", "ai_with_explanations", "ai_alone"]
    assert first_problem(answers, "answers") is None and answers["composites"] == []


def test_missing_answers_are_said_where_they_are(page):
    page.click("button.primary")
    assert page.evaluate("document.activeElement.id") == "agree"
    page.check("#agree")
    page.click("button.primary")
    page.fill("#number", "9")
    page.click("button.primary")
    assert "from 1 to 8" in page.inner_text("#number-problem")
    page.check("#none")
    page.click("button.primary")
    page.check("#profession-student")
    page.fill("#years", "1")
    page.click("button.primary")
    page.click("button.primary")
    assert "Reader X" in page.inner_text("#progress")
    page.fill("#diagnosis", "nothing like it")
    assert page.get_attribute("#diagnosis", "aria-expanded") == "false"
    page.click("button.primary")
    assert (
        "choose an entry" in page.inner_text("#diagnosis-problem") and page.locator("#confidence-problem").is_visible()
    )
    assert page.get_attribute("#diagnosis", "aria-invalid") == "true"
    assert page.evaluate("document.activeElement.id") == "diagnosis"
    page.locator("#said", has_text="An answer is missing").wait_for(state="attached")  # it is read out
    page.fill("#diagnosis", "kab")
    page.keyboard.press("Tab")  # one entry is left: it is taken
    assert page.input_value("#diagnosis") == "Kabuki syndrome"
    page.check("#confidence-70")
    assert page.locator(".problem:visible").count() == 0
    page.select_option("#language", "de")  # what was chosen stays
    assert page.input_value("#diagnosis") == "Kabuki-Syndrom" and page.is_checked("#confidence-70")
    page.reload()
    assert page.input_value("#diagnosis") == "Kabuki-Syndrom" and page.is_checked("#confidence-70")


@pytest.mark.parametrize("language", ["en", "de"])
def test_people_can_use_every_step(page, study, language):
    steps = set()

    def look():
        steps.add(heading(page))
        assert serious_faults(page) == []
        assert scrolls_sideways(page) == ""

    page.select_option("#language", language)
    look()
    enter(page, number_with(study[1], "ai_with_explanations"), language)
    page.click(".open")
    assert page.locator("[role=option]").count() == 5
    look()
    page.keyboard.press("Escape")
    page.focus("h1")
    answer(page, "kabuki", 1)
    go_on(page)
    look()
    answer(page, "kabuki", 1)
    go_on(page)
    page.click("button.primary")  # with every complaint
    look()
    assert len(steps) == 4
    assert page.locator("#simulated").is_visible()
    assert all(page.evaluate("[...document.images].map((image) => image.naturalWidth > 0)"))


def test_where_nothing_can_be_stored_it_says_so(study, browser):
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    page = context.new_page()
    page.goto((study[0] / "index.html").as_uri())
    assert page.locator("#no-storage").is_visible()
    enter(page, "1")
    assert heading(page) == "Face 1 of 3" and page.locator("#no-storage").is_visible()
    context.close()


def test_the_policy_of_the_page_lets_nothing_out(study, browser):
    context = browser.new_context()
    sent = []
    context.route("https://**", lambda route: (sent.append(route.request.url), route.fulfill(body="x")))
    page = context.new_page()
    page.goto((study[0] / "index.html").as_uri())
    broken = page.evaluate(
        """async () => {
            const broken = [];
            document.addEventListener("securitypolicyviolation", (event) => broken.push(event.effectiveDirective));
            const image = new Image();
            const seen = new Promise((resolve) => { image.onload = image.onerror = resolve; });
            image.src = "https://example.org/x.png";
            await Promise.all([seen, fetch("https://example.org/").catch(() => null)]);
            return broken.sort();
        }"""
    )
    assert broken == ["connect-src", "img-src"] and sent == []
    context.close()


def test_its_digest_is_sha_256(root, browser):
    page = browser.new_page()
    page.add_script_tag(path=root / "workflow/report/reader_study/digest.js")
    for text in ["", "abc", KUKU, *("a" * length for length in (54, 55, 56, 63, 64, 65, 1000))]:
        assert page.evaluate("(text) => sha256(text)", text) == hashlib.sha256(text.encode()).hexdigest(), len(text)
    document = {"b": [1, None, {"z": KUKU, "a": True}], "a": "\x1f\x7f\u00e4"}
    assert page.evaluate("(document) => canonical(document)", document) == canonical_text(document)
    page.close()
