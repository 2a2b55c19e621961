"""After any interruption, the same command goes on, redoes nothing that was finished and ends in the same bytes."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections import Counter

import pytest
from interrupted import STUDY, TARGETS, Run, half_written, kill, results

TRIALS = int(os.environ.get("TRIALS", "100"))
SEED = int(os.environ.get("SEED", "1"))
KINDS = ("job", "run", "all")


def check(place, whole, runs: list[Run]) -> None:
    """The runs together made the study, and each job once."""
    assert results(place) == whole.files
    done = sum((run.finished() for run in runs), Counter())
    assert not {rule: n for rule, n in done.items() if n > whole.jobs.get(rule, 0)}, "finished jobs were done again"
    # a job may end without a word of it when Snakemake is killed just then
    assert sum(whole.jobs.values()) - done.total() < len(runs)


def test_kills_at_random_moments(whole, workdir, capsys):
    """kill -9 of a job, of Snakemake, or of all, until TRIALS of them; each is followed by the same command again."""
    chance, kills, resumed, studies = random.Random(SEED), Counter(), 0, 0
    while kills.total() < TRIALS:
        place, runs = workdir("killed"), []
        while True:
            run = Run(place)
            runs.append(run)
            if kills.total() < TRIALS and not run.wait(chance.uniform(0, whole.seconds / 5)):
                kind = chance.choice(KINDS)
                if kill(run, kind, chance):
                    kills[kind] += 1
                    assert half_written(place, whole.made) == []
                    with capsys.disabled():
                        print(f"{kills.total()} of {TRIALS}: {kind} killed", flush=True)
                    continue
            run.wait()
            assert run.process.returncode == 0, run.text()[-5000:]
            break
        check(place, whole, runs)
        said = "".join(run.text() for run in runs)
        resumed += sum(said.count(words) for words in ("going on after epoch", "were finished by an earlier"))
        studies += 1
        shutil.rmtree(place.folder)
    ended = (
        f"{kills.total()} of {TRIALS} kills ({dict(kills)}, seed {SEED}), in {studies} studies ended in the bytes of"
    )
    with capsys.disabled():
        print(f"\n{ended} an undisturbed run; {resumed} jobs went on inside themselves, no finished job was done again")


def test_a_second_run_stops_and_destroys_nothing(whole, workdir):
    place = workdir("twice")
    first = Run(place)
    while first.running() and not first.finished():
        time.sleep(0.1)
    second = Run(place)
    second.wait()
    assert second.process.returncode != 0
    assert f"being made by another run (process {first.process.pid} on" in second.text()
    assert not second.finished()
    first.wait()
    assert first.process.returncode == 0, first.text()[-5000:]
    check(place, whole, [first, second])


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_full_disk(whole, small_disk, share, workdir):
    """Results and Snakemake's own records lie on the disk that is full."""
    need = sum(p.stat().st_size for p in (whole.place.folder / "results").rglob("*") if p.is_file()) / 2**20
    place, remount = small_disk(max(1, round(need * share)))
    runs = [Run(place)]
    runs[0].wait()
    assert runs[0].process.returncode != 0
    assert "full: make room" in runs[0].text()
    assert half_written(place, whole.made) == []
    remount("size=400m")
    runs.append(Run(place))
    runs[1].wait()
    assert runs[1].process.returncode == 0, runs[1].text()[-5000:]
    check(place, whole, runs)


def test_a_read_only_results_folder(whole, small_disk, tmp_path):
    """Results are on the read-only disk, Snakemake's own records beside it."""
    place, remount = small_disk(400)
    (place.folder / ".snakemake").symlink_to(tmp_path)
    place.snakemake("results/tiny/samples.csv", studies=STUDY)
    before = results(place)
    remount("ro")
    done = place.snakemake(*TARGETS, studies=STUDY, check=False)
    assert done.returncode != 0
    assert "results/tiny cannot be used (it is read-only)" in done.stderr
    assert "Traceback" not in done.stderr
    remount("rw")
    assert results(place) == before
    run = Run(place)
    run.wait()
    assert run.process.returncode == 0, run.text()[-5000:]
    assert results(place) == whole.files
