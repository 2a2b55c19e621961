"""Growth is measured within limits, kept in a file, and its exponent is that of the numbers."""

import sys

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.tools.bench import grown_study, growth, growth_stages, planned_study
from simulated_inputs import write_study


def python(code, limit=60.0, memory=4000.0):
    return growth.measure([sys.executable, "-c", code], limit=limit, memory=memory)


def test_a_process_that_takes_too_much_is_ended():
    assert python("x = b'1' * 90_000_000; import time; time.sleep(0.5)").peak_mb > 90
    endless = python("while True: pass", limit=1)
    assert (endless.status, endless.note) == ("stopped", "more than 1 s of the processor")
    assert endless.processor_s > 0.5
    large = python("x = b'1' * 300_000_000; import time; time.sleep(60)", memory=200)
    assert (large.status, large.note) == ("stopped", "more than 200 MB")
    assert python("print('so'); print('note: 7 jobs')").note == "7 jobs"
    wrong = python("raise ValueError('no such thing')")
    assert (wrong.status, wrong.note) == ("failed", "ValueError: no such thing")


def rows(seconds, status="measured"):
    sizes = (100, 1000, 10_000)
    return [
        {"stage": "s", "images": n, "processor_s": s, "status": status, "note": ""}
        for n, s in zip(sizes, seconds, strict=False)
    ]


def test_exponents_are_those_of_the_numbers():
    squares = growth.exponents(pd.DataFrame(rows([1, 100, 10_000]))).iloc[0]
    assert (squares["last"], squares["all"], squares["start_free"]) == pytest.approx((2, 2, 2))
    started = growth.exponents(pd.DataFrame(rows([5 + 0.01, 5 + 0.1, 5 + 1.0]))).iloc[0]
    assert started["last"] < 0.1 and started["start_free"] == pytest.approx(1)
    ended = pd.DataFrame([*rows([1, 10]), rows([1, 1, 300], "stopped")[2]])
    assert growth.exponents(ended).iloc[0]["last"] == pytest.approx(1)
    assert growth.exponents(ended).iloc[0]["ended"].startswith("10000: stopped")


def test_the_table_is_continued(tmp_path, monkeypatch, capsys):
    path = tmp_path / "growth.csv"
    asked = ["--stages", "split_counts,match_verification", "--output", str(path), "--scratch", str(tmp_path)]
    growth.main([*asked, "--images", "120,240"])
    table = pd.read_csv(path)
    assert (table["status"] == "measured").all() and len(table) == 4
    assert (table["written_mb"] > 0).all() and (table["peak_mb"] > 50).all()
    assert [entry.name for entry in tmp_path.iterdir()] == ["growth.csv"]
    monkeypatch.setattr(growth, "measure", lambda *_, **__: pytest.fail("measured again"))
    growth.main([*asked, "--images", "120,240"])
    assert "start_free" not in capsys.readouterr().out  # of two sizes none
    with pytest.raises(InputError, match="did you mean split_counts"):
        growth.main(["--stages", "split_count", "--output", str(path)])


def test_a_stage_that_was_ended_is_measured_again_with_more_time(tmp_path):
    kept = growth.Kept(tmp_path / "t.csv")
    kept.add("s", 100, growth.Cost(10.2, 1, "stopped", "more than 10 s of the processor"), 0, 0)
    kept = growth.Kept(tmp_path / "t.csv")
    assert kept.has("s", 100, 10) and kept.has("s", 1000, 10)  # a larger one would be ended too
    assert not kept.has("s", 100, 60) and not kept.has("s", 10, 10) and not kept.has("other", 100, 10)
    kept.add("s", 100, growth.Cost(20, 1, "measured"), 0, 0)
    assert growth.Kept(tmp_path / "t.csv").table["status"].tolist() == ["measured"]


@pytest.mark.parametrize("stage", ["near_copies", "match_splits", "match_ranks"])
def test_stages_run_on_their_made_up_inputs(stage, tmp_path):
    inputs, step = growth_stages.STAGES[stage]
    inputs(tmp_path, 240)
    before = set(tmp_path.iterdir())
    step(tmp_path, 240)
    made = sorted(set(tmp_path.iterdir()) - before)
    assert made and all(pd.read_csv(path).columns.size for path in made)
    if stage == "match_ranks":
        ranked = pd.read_csv(tmp_path / "ranks.csv")
        assert (ranked["rank"] >= 1).all() and len(ranked) == 6 * 48  # a fifth, by three systems with and without views


def test_photographs_are_links_to_some(tmp_path, monkeypatch):
    monkeypatch.setattr(planned_study, "FILES", 10)
    planned_study.photographs(tmp_path, 25)
    table = pd.read_csv(tmp_path / "photos.csv")
    files = [tmp_path / "photos" / name for name in table["image"]]
    assert len({path.stat().st_ino for path in files}) == 10 and len(set(files)) == 25


def test_a_grown_study_has_each_image_so_many_times(tmp_path):
    base = write_study(tmp_path / "small", per_class=6, heldout=2)
    images = grown_study.grow(base, tmp_path / "results/sim", 3)
    small, large = (pd.read_csv(path / "samples.csv") for path in (base, tmp_path / "results/sim"))
    assert images == len(large) == 3 * len(small) and large["sample_id"].is_unique
    assert large["subject_id"].nunique() == 3 * small["subject_id"].nunique()
    pd.testing.assert_frame_equal(large.head(len(small)), small)
    method = next((base / "net/coefficients").iterdir()).name
    few, many = (pd.read_csv(path / "net/coefficients" / method) for path in (base, tmp_path / "results/sim"))
    assert len(many) == 3 * len(few) and set(many["sample_id"]) <= set(large["sample_id"])
    np.testing.assert_allclose(many["coefficient"], np.tile(few["coefficient"], 3), rtol=1.1e-3)
    index = pd.read_csv(tmp_path / "results/sim/faces/index.csv")
    assert index["row"].tolist() == list(range(len(index))) and index["sample_id"].is_unique
    (name,) = [path.name for path in base.glob("faces/crops_*.npy")]
    once, repeated = (np.load(path / "faces" / name) for path in (base, tmp_path / "results/sim"))
    np.testing.assert_array_equal(repeated, np.tile(once, (3, 1, 1, 1)))
    assert not any(
        path.samefile(base / path.relative_to(tmp_path / "results/sim"))
        for path in (tmp_path / "results/sim").rglob("*.*")
    )  # nothing done to it is done to the study
