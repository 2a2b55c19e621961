"""How long the jobs of each rule are expected to take, for the time left that a run shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from gestalt_regions.study.sizes import study_size
from gestalt_regions.tools.plan.rates import CPU, hours, read_rates
from gestalt_regions.tools.plan.work import STAGES


def seconds_of_rules(config: Mapping, rules: Iterable[str], rates_file: str | Path) -> dict[str, float]:
    """Estimate the seconds of one job of each rule, from the rates of one core.

    Parameters
    ----------
    config : mapping
        A valid config.
    rules : iterable of str
        Names of rules.
    rates_file : path
        resources/rates.csv.

    Returns
    -------
    dict of str to float
        Rule -> seconds; a rule whose work nobody has measured is not in it.
    """
    rates = read_rates(rates_file)
    rows = hours(config, study_size(config), rates[rates["device"] == CPU])
    each = {row.stage: float(3600 * row.hours / row.jobs) for row in rows if row.jobs and not row.missing}
    found: dict[str, float] = {}
    for rule in rules:
        stages = [stage for stage in each if re.fullmatch(STAGES[stage].rules, rule)]
        if stages:
            found[rule] = each[stages[0]]
    return found
