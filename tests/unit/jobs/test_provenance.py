"""Every result has a record of what made it, the same bytes for the same study."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from gestalt_regions.jobs import provenance
from gestalt_regions.jobs.job import job


class Named(list):
    """As Snakemake's: values in order, some with names."""

    def __init__(self, **named) -> None:
        super().__init__(named.values())
        self.named = named

    def items(self):
        return self.named.items()

    def get(self, name, default=None):
        return self.named.get(name, default)


def run(rule: str, inputs: dict, output: str, seed: int = 42, code: str = "c0de", **params) -> dict:
    """A job that writes its params; returns the record of its output."""
    snakemake = SimpleNamespace(
        rule=rule,
        input=Named(**inputs),
        output=Named(table=output),
        params=Named(code=code, seed=seed, **params),
        wildcards=Named(cohort="c"),
        config={"run": {"seed": seed}},
        threads=1,
        log=[f"results/logs/{rule}.log"],
    )
    with job(snakemake):
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        Path(output).write_text(f"{params}\n")
    return provenance.read_record(output)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A working directory with an asset that was fetched there and one that was put there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results/assets").mkdir(parents=True)
    (tmp_path / "results/assets/net.onnx").write_bytes(b"weights")
    return tmp_path


def test_a_record_says_what_made_a_table(place):
    record = run("train", {"asset": "results/assets/net.onnx"}, "results/c/history.csv", epochs=3)
    assert record["rule"] == "train" and record["params"] == {"seed": 42, "epochs": 3}
    assert record["config"]["seed"] == 42 and len(record["config"]["sha256"]) == 16
    assert record["code"]["digest"] == "c0de"
    assert record["packages"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert record["packages"]["numpy"] == sys.modules["numpy"].__version__
    assert record["assets"] == {"net.onnx": hashlib.sha256(b"weights").hexdigest()}
    assert record["sha256"] == hashlib.sha256((place / "results/c/history.csv").read_bytes()).hexdigest()
    assert provenance.record_path("results/c/history.csv") == provenance.Path("results/provenance/c/history.csv.json")


def test_assets_are_followed_through_the_files_between(place):
    run("asset", {}, "results/assets/fetched.pth")
    run("train", {"a": "results/assets/net.onnx", "b": "results/assets/fetched.pth"}, "results/c/model.bin")
    record = run("classification", {"predictions": "results/c/model.bin"}, "results/c/table2.csv")
    assert list(record["assets"]) == ["fetched.pth", "net.onnx"]
    assert record["inputs"] == {"results/c/model.bin": provenance.fingerprint("results/c/model.bin")}


def test_same_study_same_bytes_another_seed_another_record(place):
    def written(**options) -> bytes:
        run("rq1", {"asset": "results/assets/net.onnx"}, "results/c/table3.csv", **options)
        return provenance.record_path("results/c/table3.csv").read_bytes()

    first = written()
    assert written() == first
    assert str(place) not in first.decode()
    changed = json.loads(written(seed=43))
    assert changed["config"]["seed"] == 43 and changed["config"]["sha256"] != json.loads(first)["config"]["sha256"]
    assert written(code="other") != first
    assert written() == first


def test_a_failed_job_leaves_no_record(place):
    with pytest.raises(SystemExit):
        run("rq1", {}, "results/assets/net.onnx/table.csv")  # below a file: it cannot be written
    assert not Path("results/provenance").exists()


def test_files_outside_the_study_are_known_by_name_and_digest(place, tmp_path):
    own = tmp_path / "elsewhere/my_weights.pth"
    own.parent.mkdir()
    own.write_bytes(b"mine")
    record = run("train", {"asset": str(own)}, "results/c/history.csv")
    assert record["inputs"] == {"my_weights.pth": hashlib.sha256(b"mine").hexdigest()}
    assert provenance.record_path(own) is None


def test_large_files_are_not_read(place, monkeypatch):
    monkeypatch.setattr(provenance, "LARGE", 3)
    assert provenance.fingerprint("results/assets/net.onnx") == "7 bytes"
    assert provenance.fingerprint("results/assets") == "1 files"


def test_a_record_says_what_the_job_found_out_about_itself(place, monkeypatch):
    monkeypatch.setitem(provenance.NOTED, "precision", "bfloat16")
    assert run("saliency", {}, "results/c/maps.npy")["precision"] == "bfloat16"
