"""Power by simulation: the stated rate without an effect, more with more readers and larger effects."""

from __future__ import annotations

import numpy as np
from clinicians.reader_files import made_design
from gestalt_regions.clinicians.reader_study.reader_power import FACTORS, dealt_sequences, power_table
from gestalt_regions.clinicians.reader_study.simulated_readers import Effects

EFFECTS = Effects(explanations_trust=0.5, explanations_discernment=1.0)


def test_power_grows_with_readers_and_with_the_effect():
    table = power_table(made_design(18, 20), EFFECTS, readers=20, studies=50, level=0.95, seed=1)
    power = table.set_index(["factor", "readers"])["power"].unstack(0)
    assert list(power.columns) == list(FACTORS) and list(power.index) == [10, 20, 40, 80]
    assert power[0.0].max() <= 0.18  # 50 studies: four standard errors above 5 %
    assert power.loc[80, 2.0] > power.loc[10, 2.0] + 0.3 and power.loc[40, 2.0] > power.loc[40, 0.5] + 0.3
    assert list(table.loc[table["planned"], "readers"].unique()) == [20]
    assert (table["low"] <= table["power"] + 1e-9).all() and (table["power"] <= table["high"] + 1e-9).all()
    effect = table.groupby("factor")["effect"].first()
    assert abs(effect[0.0]) < 0.02 and effect[0.0] < effect[0.5] < effect[1.0] < effect[2.0]


def test_as_many_readers_in_each_arm():
    dealt = dealt_sequences(made_design(18, 20), 10, np.random.default_rng(1))
    assert sorted(dealt) == ["ai_alone"] * 5 + ["ai_with_explanations"] * 5
