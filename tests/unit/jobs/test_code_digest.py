"""Code as an input: what a script uses is found by name, and nothing it runs is missed."""

from __future__ import annotations

import ast
import importlib.util
import json
import shutil
import sys
from pathlib import Path

import pytest
from gestalt_regions.jobs import code_digest
from gestalt_regions.study.schema import validate
from gestalt_regions.study.study import load_study
from simulated_inputs import METHODS, write_study


def forget() -> None:
    """A process reads each source once; here they are edited in between."""
    for name in ("_file", "_module", "_reached", "_content", "_digest_of_code"):
        getattr(code_digest, name).cache_clear()


@pytest.fixture
def copy(root, tmp_path, monkeypatch):
    """A copy of package and scripts to edit; `copy.edit(path, old, new)`, `copy.digest(script)`."""
    shutil.copytree(root / "workflow", tmp_path / "workflow")
    monkeypatch.setattr(code_digest, "HOME", tmp_path / "workflow/gestalt_regions")

    class Copy:
        def digest(self, script: str, roots=()) -> str:
            forget()
            return code_digest.digest_of_code(tmp_path / f"workflow/scripts/{script}.py", roots)

        def edit(self, path: str, old: str, new: str) -> None:
            file = tmp_path / "workflow" / path
            text = file.read_text()
            assert text.count(old) >= 1, (path, old)
            file.write_text(text.replace(old, new))

    yield Copy()
    forget()


def test_an_edit_changes_the_digest_of_those_who_use_it_alone(copy):
    scripts = ("rq1", "rq2", "classification", "saliency", "draw_boxplots", "explained")
    before = {script: copy.digest(script) for script in scripts}
    copy.edit(
        "gestalt_regions/statistics/toolkit/two_sample.py", "import numpy as np", "import numpy as np\n\nUNUSED = 1"
    )
    assert {s: copy.digest(s) for s in scripts} == before  # nobody mentions it
    copy.edit("gestalt_regions/statistics/toolkit/latex.py", "toprule", "TOPRULE")
    after = {script: copy.digest(script) for script in scripts}
    assert {s for s in scripts if after[s] != before[s]} == {"rq1", "rq2", "classification"}


def test_comments_docstrings_and_layout_do_not_count(copy):
    before = copy.digest("rq1")
    copy.edit("gestalt_regions/statistics/table3_rq1.py", '"""RQ1, Table 3: do', '"""Other words: do')
    copy.edit("gestalt_regions/statistics/table3_rq1.py", "\n\n\n", "\n\n\n# a comment\n\n\n")
    assert copy.digest("rq1") == before


def test_the_digest_is_the_same_in_every_version_of_python():
    """ast.dump is not: 3.12 has type_params, 3.13 leaves empty lists out."""
    (node,) = ast.parse("def f(x, *, y=None):\n    return [x, 'a']").body
    assert code_digest._Reader().text(node) == (
        "FunctionDef(name='f', args=arguments(args=[arg(arg='x')], kwonlyargs=[arg(arg='y')], "
        "kw_defaults=[Constant()]), body=[Return(value=List(elts=[Name(id='x', ctx=Load()), "
        "Constant(value='a')], ctx=Load()))])"
    )


def test_what_was_read_is_kept_and_a_damaged_or_old_keep_is_read_again(copy, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    source = tmp_path / "workflow/scripts/rq1.py"
    kept = Path(importlib.util.cache_from_source(str(source))).with_suffix(".json")
    before = copy.digest("rq1")
    facts = json.loads(kept.read_text())
    kept.write_text(json.dumps(facts | {"parts": facts["parts"] | {"": ["other", [], []]}}))
    assert copy.digest("rq1") != before  # it is used
    for damaged in ("", "{", "[]", "{}", kept.read_text().replace(facts["of"], "of another version")):
        kept.write_text(damaged)
        assert copy.digest("rq1") == before
        assert json.loads(kept.read_text()) == facts


def test_nothing_is_kept_where_python_may_keep_nothing(copy, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for kept in tmp_path.rglob("*.json"):
        kept.unlink()
    copy.digest("rq1")
    assert not list((tmp_path / "workflow/scripts").rglob("*.json"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    code_digest.keep_all()
    assert len(list((tmp_path / "workflow/scripts").rglob("*.json"))) == len(
        list((tmp_path / "workflow/scripts").glob("*.py"))
    )


def test_files_count_by_their_content_wherever_they_are(copy, root, tmp_path):
    digests = []
    for folder, text in (("a", "one"), ("b", "one"), ("a", "two")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "regions.yaml").write_text(text)
        forget()
        digests.append(
            code_digest.digest_of_code(root / "workflow/scripts/train.py", (), [tmp_path / folder / "regions.yaml"])
        )
    assert digests[0] == digests[1] != digests[2]


def test_one_saliency_method_does_not_touch_another(copy):
    gradcam, occlusion = (
        ("gestalt_regions.saliency.methods.cam:gradcam",),
        ("gestalt_regions.saliency.methods.occlusion:occlusion",),
    )
    before = [copy.digest("saliency", roots) for roots in (gradcam, occlusion)]
    copy.edit("gestalt_regions/saliency/methods/occlusion.py", "import torch\n", "import torch\n\n    assert torch\n")
    after = [copy.digest("saliency", roots) for roots in (gradcam, occlusion)]
    assert after[0] == before[0] and after[1] != before[1]


def test_the_detector_that_runs_by_name_counts(copy, config, root):
    detectors = {}
    for name in ("scrfd", "yunet"):
        config["faces"]["detector"] = name
        detectors[name] = load_study(config, root).code_roots({}, "faces_shard")
    before = {name: copy.digest("faces_shard", roots) for name, roots in detectors.items()}
    file = "gestalt_regions/faces/detectors/yunet.py"
    copy.edit(file, "class YuNet(Detector):", "class YuNet(Detector):\n    extra = 1\n")
    after = {name: copy.digest("faces_shard", roots) for name, roots in detectors.items()}
    assert after["yunet"] != before["yunet"] and after["scrfd"] == before["scrfd"]


def _ran(call) -> set[tuple[str, str]]:
    """(module, top-level name) of every package function that runs in `call`."""
    ran = set()

    def note(frame, event, argument) -> None:
        if event == "call":
            ran.add(frame.f_code)

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    seen = set()
    for code in ran:
        path = Path(code.co_filename)
        if code_digest.HOME in path.parents and not code.co_qualname.startswith("<"):
            parts = path.relative_to(code_digest.HOME).with_suffix("").parts
            module = ".".join((code_digest.PACKAGE, *(p for p in parts if p != "__init__")))
            seen.add((module, code.co_qualname.split(".")[0]))
    return seen


def test_everything_that_runs_was_found(root, config, tmp_path):
    """The peer: a profiler notes what really runs in Table 3's job."""
    from gestalt_regions.statistics import table3_rq1

    base = write_study(tmp_path)
    variants = validate(config, root / "config/schemas")["statistics"]["variants"]

    def job() -> None:
        table3_rq1.write_table3(
            coefficient_paths=[str(base / f"net/coefficients/{method}.csv") for method in METHODS],
            samples_path=str(base / "samples.csv"),
            outputs={kind: [str(tmp_path / f"{v}.{kind}") for v in variants] for kind in ("csv", "tex")},
            tests_path=str(tmp_path / "tests.csv"),
            tests_tex_path=str(tmp_path / "tests.tex"),
            variants=variants,
            control="Unaffected",
            syndromes=[],
            bootstrap={"n_resamples": 10, "level": 0.95, "group": "kin_group"},
            seed=1,
        )

    ran = _ran(job)
    assert len(ran) > 15
    assert ran <= set(code_digest.used(root / "workflow/scripts/rq1.py"))
