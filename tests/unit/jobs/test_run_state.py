"""Stages, jobs and time left of a run, from what Snakemake says of it."""

from __future__ import annotations

import math

import pytest
from snakemake_logger_plugin_stages.run_state import Job, Plan, RunState, duration, status_text, time_left


def run(cores: int = 1, seconds: dict[str, float] | None = None) -> RunState:
    state = RunState(Plan({"draw": "figures", "train": "networks", "score": "evaluation"}, seconds or {}))
    state.plan_jobs({"train": 2, "score": 4, "all": 1, "total": 7}, now=0.0)
    state.cores = cores
    return state


def ended(state: RunState, rule: str, *, number: int, start: float, stop: float) -> str:
    state.start(number, Job(rule, start))
    return state.end(number, stop)


def test_a_stage_is_done_with_its_last_job_and_has_no_jobs_that_are_not_of_this_run():
    state = run()
    assert state.total == 7 and state.stages() == {"networks": (0, 2), "evaluation": (0, 4)}
    assert ended(state, "train", number=1, start=0, stop=10) == ""
    assert ended(state, "train", number=2, start=10, stop=20) == "networks"
    assert ended(state, "all", number=3, start=20, stop=20) == "" and state.done == 3
    assert state.spent("networks") == 20 and state.stages()["networks"] == (2, 2)


def test_nothing_is_known_of_the_time_before_a_job_has_ended_or_was_planned():
    state = run()
    assert math.isnan(state.seconds_left(5)) and time_left(state.seconds_left(5)) == "time left not known yet"
    planned = run(seconds={"train": 30, "score": 10, "all": 0})
    assert planned.seconds_left(0) == 2 * 30 + 4 * 10
    assert run(seconds={"train": 30, "score": 10}).seconds_left(0) == 2 * 30 + 4 * 10 + 20  # of `all` nothing is known
    assert run(cores=2, seconds={"train": 30, "score": 10, "all": 0}).seconds_left(0) == 50


def test_finished_jobs_say_how_long_the_others_of_their_rule_take_and_how_quick_this_machine_is():
    state = run(seconds={"train": 30, "score": 10, "all": 0})
    ended(state, "train", number=1, start=0, stop=15)  # twice as quick as planned
    slower = (15 + 10) / (30 + 10)  # the plan still counts: as a tenth of its 100 s
    assert state.seconds_left(15) == pytest.approx(15 + 4 * 10 * slower)
    without = run()
    ended(without, "train", number=1, start=0, stop=15)
    assert without.seconds_left(15) == pytest.approx(15 + 4 * 15 + 15)  # as all finished ones


def test_a_running_job_counts_for_what_is_left_of_it():
    state = run(seconds={"train": 30, "score": 10, "all": 0})
    state.start(1, Job("train", 0.0))
    assert state.seconds_left(20) == pytest.approx(10 + 30 + 40)
    assert state.seconds_left(90) == pytest.approx(60 + 150 + 40)  # late by 60: as much again, and the other one too
    ended(state, "score", number=2, start=0, stop=10)
    state.start(3, Job("score", 10.0))
    late = state.seconds_left(50)
    assert state.seconds_left(60) == pytest.approx(late + 3 * 10)  # of `score` one has ended: each still counts as 10
    wide = run(cores=100, seconds={"train": 30, "score": 10, "all": 0})
    wide.start(1, Job("train", 0.0))
    assert wide.seconds_left(5) == 25  # not sooner than the job that runs


def test_jobs_that_run_side_by_side_share_the_time():
    state = run(cores=2)
    for number in range(4):
        ended(state, "score", number=number, start=10 * (number // 2), stop=10 * (number // 2) + 10)
    assert state.seconds_left(20) == pytest.approx(3 * 10 / 2)


def test_a_failed_job_is_no_longer_at_work_and_keeps_its_message():
    state = run()
    state.start(1, Job("train", 0.0, "Training fold 1", ("train.log",)))
    assert state.fail(1).message == "Training fold 1" and not state.running
    assert state.fail(99) is None and state.end(99, 1.0) == ""
    assert ended(state, "train", number=1, start=5, stop=9) == ""  # tried again


def test_one_line_says_jobs_time_and_stages():
    state = run(seconds={"train": 300, "score": 60, "all": 0})
    ended(state, "train", number=1, start=0, stop=300)
    ended(state, "train", number=2, start=300, stop=600)
    state.start(3, Job("score", 600.0))
    assert status_text(state, 600) == "2 of 7 jobs; about 4 min left; now evaluation 0/4; done networks"
    assert status_text(RunState(Plan()), 0.0) == "0 of 0 jobs; less than a minute left"


def test_times_are_rounded_as_they_are_known():
    assert [duration(seconds) for seconds in (0, 40, 600, 12600)] == ["1 s", "40 s", "10 min", "3.5 h"]
    assert time_left(59) == "less than a minute left" and time_left(61) == "about 61 s left"
