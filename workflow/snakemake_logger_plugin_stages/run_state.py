"""What is known of a run while it goes on: its jobs, its stages, and about how much time is left."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field

MINUTE, HOUR = 60.0, 3600.0
TRUSTED = 0.1  # the plan counts as much as this share of the run: the first jobs alone say little of the others
FEW = 3  # finished jobs, below which they say nothing of how many run side by side


@dataclass
class Plan:
    """What a Snakefile says of its rules.

    Attributes
    ----------
    stages : dict of str to str
        Rule -> its stage, in the order in which stages are shown.
    seconds : dict of str to float
        Rule -> expected seconds of one job, for some rules.
    """

    stages: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


PLAN = Plan()


def planned(stages: Mapping[str, str], seconds: Mapping[str, float] | None = None) -> None:
    """Say, before the first job, which rule is of which stage.

    Parameters
    ----------
    stages : mapping of str to str
        Rule -> stage, in the order in which stages are shown.
    seconds : mapping of str to float, optional
        Rule -> expected seconds of one job.
    """
    PLAN.stages, PLAN.seconds = dict(stages), dict(seconds or {})


@dataclass
class Job:
    """A job that was started."""

    rule: str
    started: float
    message: str = ""
    logs: tuple[str, ...] = ()


class RunState:
    """Counts jobs as they start and end.

    Parameters
    ----------
    plan : Plan
        Stages and expected seconds.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.counts: dict[str, int] = {}  # rule -> jobs of this run
        self.finished: dict[str, list[float]] = {}  # rule -> seconds of its finished jobs
        self.running: dict[int, Job] = {}
        self.known: dict[int, Job] = {}  # all that were started, for messages of a failure
        self.done = self.total = 0
        self.cores = 1
        self.began = 0.0

    def plan_jobs(self, counts: Mapping[str, int], now: float) -> None:
        """Take the number of jobs of each rule.

        Parameters
        ----------
        counts : mapping of str to int
            Rule -> jobs; `total` is not counted.
        now : float
            Seconds, of the same clock as everywhere.
        """
        self.counts = {rule: int(number) for rule, number in counts.items() if rule != "total"}
        self.total, self.began = sum(self.counts.values()), now

    def start(self, number: int, job: Job) -> None:
        """Count a job that starts.

        Parameters
        ----------
        number : int
            Snakemake's number of it.
        job : Job
            What it is.
        """
        self.running[number] = self.known[number] = job

    def end(self, number: int, now: float) -> str:
        """Count a job that has ended well.

        Parameters
        ----------
        number : int
            Snakemake's number of it.
        now : float
            Seconds.

        Returns
        -------
        str
            The stage that it has finished, or nothing.
        """
        self.done += 1
        job = self.running.pop(number, None)
        if job is None:
            return ""
        self.finished.setdefault(job.rule, []).append(now - job.started)
        stage = self.plan.stages.get(job.rule, "")
        done, total = self.stages().get(stage, (0, 0))
        return stage if stage and done == total else ""

    def fail(self, number: int) -> Job | None:
        """Take a job out that has failed; it may be tried again.

        Parameters
        ----------
        number : int
            Snakemake's number of it.

        Returns
        -------
        Job or None
            What it was.
        """
        self.running.pop(number, None)
        return self.known.get(number)

    def stages(self) -> dict[str, tuple[int, int]]:
        """Count the jobs of each stage.

        Returns
        -------
        dict of str to tuple of int
            Stage -> jobs done, jobs of this run; no stage without a job.
        """
        jobs: dict[str, tuple[int, int]] = {}
        for rule, stage in self.plan.stages.items():
            done, total = jobs.get(stage, (0, 0))
            done += len(self.finished.get(rule, ()))
            jobs[stage] = (done, total + self.counts.get(rule, 0))
        return {stage: (done, max(done, total)) for stage, (done, total) in jobs.items() if total or done}

    def spent(self, stage: str) -> float:
        """Sum the seconds of the finished jobs of a stage, one after another.

        Parameters
        ----------
        stage : str
            The stage.

        Returns
        -------
        float
            Seconds.
        """
        return sum(sum(times) for rule, times in self.finished.items() if self.plan.stages.get(rule) == stage)

    def _each(self) -> dict[str, float]:
        """Expected seconds of one job of each rule: as its finished ones, else as planned.

        A rule without a plan is like the middle one of those with a plan: what nobody has measured is light. Without
        any plan it is like the mean finished job.
        """
        times = {rule: sum(seconds) / len(seconds) for rule, seconds in self.finished.items()}
        both = [rule for rule in times if rule in self.plan.seconds]
        expected = sum(self.plan.seconds[rule] * len(self.finished[rule]) for rule in both)
        trusted = TRUSTED * sum(self.plan.seconds.get(rule, 0.0) * count for rule, count in self.counts.items())
        taken = sum(sum(self.finished[rule]) for rule in both)
        pace = (taken + trusted) / (expected + trusted) if expected + trusted else 1.0
        jobs = [seconds for each in self.finished.values() for seconds in each]
        scaled = {rule: pace * seconds for rule, seconds in self.plan.seconds.items()}
        known = [scaled[rule] for rule in self.counts if rule in scaled]
        rest = statistics.median(known) if known else statistics.fmean(jobs) if jobs else float("nan")
        return {rule: times.get(rule, scaled.get(rule, rest)) for rule in self.counts}

    def seconds_left(self, now: float) -> float:
        """Estimate how long the run still takes.

        A job that is late, of a rule of which none has ended, will be late by as much again, and so will the others of
        its rule: what nobody has measured may be long.

        Parameters
        ----------
        now : float
            Seconds.

        Returns
        -------
        float
            Seconds; NaN while nothing is known: no job has ended, and none was planned with a time.
        """
        each, left, longest = self._each(), 0.0, 0.0
        started = {rule: len(times) for rule, times in self.finished.items()}
        for job in self.running.values():
            late = (now - job.started) - each.get(job.rule, float("nan"))
            if late > 0 and job.rule not in self.finished:
                each[job.rule] += 2 * late
        for job in self.running.values():
            started[job.rule] = started.get(job.rule, 0) + 1
            rest = max(0.0, each.get(job.rule, float("nan")) - (now - job.started))
            left, longest = left + rest, max(longest, rest)
        left += sum(each[rule] * max(0, count - started.get(rule, 0)) for rule, count in self.counts.items())
        return max(left / self._side_by_side(now), longest)

    def _side_by_side(self, now: float) -> float:
        """How many jobs have run at once on average; before some have ended, as many as there are cores."""
        times = [seconds for each in self.finished.values() for seconds in each]
        elapsed = now - self.began
        if len(times) < FEW or elapsed <= 0:
            return float(max(1, self.cores))
        busy = sum(times) + sum(now - job.started for job in self.running.values())
        return min(max(1.0, busy / elapsed), float(max(1, self.cores)))


def duration(seconds: float) -> str:
    """Write a time that is only about right.

    Parameters
    ----------
    seconds : float
        Not negative.

    Returns
    -------
    str
        Such as `40 s`, `12 min` or `3.5 h`.
    """
    if seconds < 1.5 * MINUTE:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < 1.5 * HOUR else f"{seconds / HOUR:.1f} h"


def time_left(seconds: float) -> str:
    """Write how much time is left.

    Parameters
    ----------
    seconds : float
        NaN where nothing is known.

    Returns
    -------
    str
        Such as `about 12 min left`.
    """
    if seconds != seconds:
        return "time left not known yet"
    return "less than a minute left" if seconds < MINUTE else f"about {duration(seconds)} left"


def status_text(state: RunState, now: float) -> str:
    """Write the state of a run on one line.

    Parameters
    ----------
    state : RunState
        The run.
    now : float
        Seconds.

    Returns
    -------
    str
        Jobs, time left, what goes on, what is done.
    """
    stages = state.stages()
    at_work = {state.plan.stages.get(job.rule, "") for job in state.running.values()}
    going = [f"{name} {done}/{total}" for name, (done, total) in stages.items() if name in at_work and done < total]
    over = [name for name, (done, total) in stages.items() if done == total]
    parts = [f"{state.done} of {state.total} jobs", time_left(state.seconds_left(now))]
    parts += [f"now {', '.join(going)}"] if going else []
    parts += [f"done {', '.join(over)}"] if over else []
    return "; ".join(parts)
