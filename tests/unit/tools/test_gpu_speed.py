"""make bench-gpu in its reduced form: it runs through, keeps what it has when it is cut, and never ends in a crash."""

from __future__ import annotations

import csv
import math
import sys
import time
from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from gestalt_regions.saliency.method_registry import load_methods
from gestalt_regions.study.sizes import Size
from gestalt_regions.tools.bench import gpu_record, gpu_sections, gpu_speed, gpu_study_sections
from gestalt_regions.tools.bench.gpu_record import CUT, FAILED, FULL, MEASURED, SKIPPED, Bench, Line, Record
from gestalt_regions.tools.plan.__main__ import main as plan
from gestalt_regions.tools.plan.rates import COLUMNS, hours, read_rates

COMPARED = ("Gradient", "LRP-EpsilonPlus", "LayerCAM")


@pytest.fixture
def small(monkeypatch):
    """Three methods, and of the full study the quickest network."""
    study = gpu_study_sections.full_study()
    few = {name: model for name, model in study.config["models"].items() if name == "efficientnet_lite0"}
    small = replace(study, config=deepcopy(study.config) | {"models": few})
    monkeypatch.setattr(gpu_study_sections, "full_study", lambda: small)
    known = load_methods()
    monkeypatch.setattr(gpu_sections, "COSTLY", set(known) - set(COMPARED))
    return small


@pytest.fixture
def bench(tmp_path):
    return Bench(torch.device("cpu"), gpu_sections.REDUCED, Record(tmp_path, "one GPU", "a machine"))


def test_the_reduced_form_runs_through(small, tmp_path, capsys):
    lines = gpu_speed.main(["--device", "cpu", "--out", str(tmp_path)]).record.lines
    shown = capsys.readouterr().out
    assert "no GPU is seen: this is the reduced form" in shown
    assert "captum zennit" in shown
    assert not [line for line in lines if line.status not in (MEASURED, SKIPPED)]
    by_section = {name: [line for line in lines if line.section == name] for name, _, _ in gpu_speed.SECTIONS}
    assert [name for name, those in by_section.items() if not those] in ([], ["precision"])
    methods = {line.what: line for line in by_section["methods"]}
    assert set(methods) == {*COMPARED, "Gradient, published way", "LRP-EpsilonPlus, published way"}
    for name in COMPARED[:2]:
        assert methods[name].pearson > 0.9999
        assert methods[name].ratio == pytest.approx(
            methods[name].per_second / methods[f"{name}, published way"].per_second
        )
        assert 0 < methods[name].share_of_peak < 2
    assert math.isnan(methods["LayerCAM"].ratio)
    assert [line.images for line in by_section["largest batch"]] == [1, 2, 1, 2]
    assert all("100.0%" in line.note for line in by_section["matching"])
    with open(tmp_path / "measured.csv", newline="") as stream:
        assert [row["what"] for row in csv.DictReader(stream)] == [line.what for line in lines]
    rates = read_rates(tmp_path / "rates.csv")
    assert {"train", "saliency", "encoding"} == set(rates["stage"])
    assert set(rates["device"]) == {"cpu (reduced form)"}
    with pytest.raises(SystemExit, match="reduced form"):
        plan(["--add-rates", str(tmp_path / "rates.csv"), "--rates", str(tmp_path / "new.csv")])


def test_the_plan_takes_the_rates_of_a_gpu(small, bench, tmp_path):
    gpu_speed.run_section(bench, "rates", gpu_study_sections.saliency_rates, 100)
    plan(["--add-rates", str(bench.record.rates), "--rates", str(tmp_path / "new.csv")])
    rates = read_rates(tmp_path / "new.csv")
    assert list(rates.columns) == COLUMNS
    assert set(rates["machine"]) == {"a machine"}
    gradient = rates.set_index("what").loc["Gradient on efficientnet_lite0"]
    config = deepcopy(small.config)
    config["saliency"] |= {"methods": {"Gradient": {}}, "further_methods": {}}
    (row,) = hours(config, Size({"A": 7}, {}), rates[rates["device"] == "one GPU"], {"saliency"})
    assert row.hours * 3600 == pytest.approx(7 * gradient["seconds"] / gradient["units"])
    assert row.how == "own rate"


def test_a_section_without_time_is_cut_and_keeps_what_it_has(bench, capsys):
    def _slow(bench):
        bench.record.write(Line("slow", "first"))
        try:
            while True:
                time.sleep(0.01)
        except Exception:
            pytest.fail("the end of the time must not look like a mistake")

    started = time.perf_counter()
    gpu_speed.run_section(bench, "slow", _slow, 0.2)
    assert time.perf_counter() - started < 1
    assert [(line.what, line.status) for line in bench.record.lines] == [("first", MEASURED), ("the rest", CUT)]
    assert bench.record.measured.read_text().count("\nslow,") == 2
    assert "cut" in capsys.readouterr().out
    gpu_speed.run_section(bench, "next", lambda bench: bench.record.write(Line("next", "runs")), 10)
    assert bench.record.lines[-1].status == MEASURED


def test_time_that_a_section_leaves_goes_to_the_others(monkeypatch, tmp_path, capsys):
    nothing = [("one", 1.0, lambda bench: None), ("two", 1.0, lambda bench: None)]
    monkeypatch.setattr(gpu_speed, "SECTIONS", nothing)
    gpu_speed.main(["--device", "cpu", "--out", str(tmp_path), "--minutes", "10"])
    shown = capsys.readouterr().out
    assert "one (at most 300 s)" in shown
    assert "two (at most 600 s)" in shown


def test_a_missing_wheel_is_named_and_the_rest_goes_on(bench, small, monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "gestalt_regions.tools.bench.baseline", raising=False)
    monkeypatch.setitem(sys.modules, "zennit.attribution", None)
    gpu_speed.run_section(bench, "methods", gpu_sections.methods, 100)
    first = bench.record.lines[0]
    assert (first.what, first.status, first.note) == ("the published way", SKIPPED, "needs the wheel zennit")
    assert {line.what for line in bench.record.lines[1:]} == set(COMPARED)
    assert {line.status for line in bench.record.lines[1:]} == {MEASURED}

    def _needs(bench):
        raise ModuleNotFoundError("No module named 'cv2'", name="cv2")

    gpu_speed.run_section(bench, "other", _needs, 10)
    assert bench.record.lines[-1].note == "needs the wheel opencv-python"
    monkeypatch.setattr(gpu_speed.importlib.util, "find_spec", lambda module: None if module == "zennit" else module)
    assert gpu_speed.missing_wheels() == ["zennit"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB"), FULL),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), FULL),
        (ValueError("something\nelse"), FAILED),
    ],
)
def test_what_goes_wrong_is_a_line(bench, error, status):
    def _run():
        raise error

    result, line = bench.measure(Line("s", "w", images=4), _run)
    assert (result, line.status) == (None, status)
    assert "\n" not in line.note


def test_the_batch_is_doubled_until_memory_is_full(bench, small, monkeypatch):
    def _full_at_four(explainer, x):
        if len(x) == 4:
            raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(gpu_study_sections, "_gradient", _full_at_four)
    bench.sizes = replace(gpu_sections.REDUCED, largest=64)
    monkeypatch.setattr(gpu_study_sections, "_step", _full_at_four)
    gpu_study_sections.largest_batch(bench)
    tried = [(line.images, line.status) for line in bench.record.lines]
    assert tried == 2 * [(1, MEASURED), (2, MEASURED), (4, FULL)]


def test_what_is_not_deterministic_is_measured_and_said(bench):
    def _run():
        if torch.get_deterministic_debug_mode():
            raise RuntimeError("x does not have a deterministic implementation")
        return 1

    result, line = bench.measure(Line("s", "w", images=1), _run)
    assert (result, line.status) == (1, MEASURED)
    assert "NOT DETERMINISTIC" in line.note
    assert torch.get_deterministic_debug_mode() == 0


def test_an_unknown_section_is_named(capsys):
    with pytest.raises(SystemExit):
        gpu_speed.main(["--sections", "trainings"])
    assert "there are peak, methods" in capsys.readouterr().err


def test_the_wheels_are_those_of_the_lock(root):
    locked = (root / "envs/requirements.txt").read_text().lower()
    assert [wheel for wheel in gpu_record.WHEELS.values() if f"\n{wheel.lower()}==" not in locked] == []
