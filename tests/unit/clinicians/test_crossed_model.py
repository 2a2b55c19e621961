"""The models of right answers: planted effects are recovered, and the marginal one rejects at its rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from clinicians.reader_files import made_design
from gestalt_regions.clinicians.reader_study.crossed_model import (
    MARGINAL,
    MIXED,
    SPREADS,
    TERMS,
    fit_marginal,
    fit_mixed,
    model_table,
)
from gestalt_regions.clinicians.reader_study.reader_measures import Table, simulated_table
from gestalt_regions.clinicians.reader_study.simulated_readers import Effects, Faces
from scipy import stats
from scipy.special import expit


def drawn(readers: int, faces: int, after: float, added: float, seed: int) -> Table:
    """Right answers drawn from the very model: spreads .8 of readers and 1 of faces."""
    rng = np.random.default_rng(seed)
    explained = np.broadcast_to((np.arange(readers) % 2 == 1)[:, None], (readers, faces))
    base = rng.normal(0, 0.8, (readers, 1)) + rng.normal(0, 1, (1, faces))
    right = [rng.random(base.shape) < expit(base + change) for change in (0, after + added * explained)]
    none = np.zeros(base.shape)
    return Table(
        sequences=np.where(explained[:, 0], "ai_with_explanations", "ai_alone"),
        explained=explained,
        ai_right=none == 0,
        before_right=right[0],
        after_right=right[1],
        differed=none == 0,
        took=none == 0,
        before_confidence=none,
        after_confidence=none,
    )


def test_planted_effects_and_spreads_are_recovered():
    means, _, spreads = fit_mixed(drawn(40, 24, after=0.7, added=0.9, seed=1))
    assert means[TERMS.index("after")] == pytest.approx(0.7, abs=0.35)
    assert means[TERMS.index("after x explanations")] == pytest.approx(0.9, abs=0.35)
    assert spreads[SPREADS.index("reader")] == pytest.approx(0.8, abs=0.25)
    assert spreads[SPREADS.index("face")] == pytest.approx(1.0, abs=0.35)
    assert spreads[SPREADS.index("reader x after")] < 0.4


def test_the_marginal_model_is_smaller_and_has_the_same_sign():
    table = model_table(drawn(30, 12, after=0.7, added=1.5, seed=2), {"after x explanations": 0.01}, 0.95)
    rows = table[table["term"] == "after x explanations"].set_index("model")
    assert 0 < rows.loc[MARGINAL, "estimate"] < rows.loc[MIXED, "estimate"]  # averaged over readers and faces
    assert rows.loc[MARGINAL, "low"] > 0 and rows.loc[MARGINAL, "p"] < 0.05
    assert rows.loc[MARGINAL, "p_randomisation"] == 0.01
    assert np.isnan(rows.loc[MIXED, "p"]) and "too narrow" in rows.loc[MIXED, "note"]


def test_with_few_readers_the_marginal_model_has_no_interval():
    rows = model_table(drawn(12, 18, 0.7, 0.9, 3), {}, 0.95)
    rows = rows[rows["model"] == MARGINAL]
    assert rows[["low", "high", "p"]].isna().all(axis=None) and rows["note"].str.contains("fewer than 10").all()


def test_one_arm_is_not_modelled():
    one = drawn(6, 5, 0, 0, 4)
    table = model_table(replace(one, explained=np.zeros_like(one.explained)), {}, 0.95)
    assert list(table["note"]) == ["not fitted: answers in one arm only"]


def test_without_an_effect_the_marginal_model_rejects_at_its_rate():
    faces = Faces.of(made_design(18, 30))
    effects = Effects(explanations_trust=0, explanations_discernment=0)
    sequences, rejected = np.array(["ai_alone", "ai_with_explanations"] * 15), 0
    for study in range(100):
        params, errors = fit_marginal(simulated_table(faces, sequences, effects, np.random.default_rng(study)))
        rejected += 2 * stats.t.sf(abs(params[3] / errors[3]), 28) <= 0.05
    assert rejected / 100 <= 0.137  # four standard errors of 2.2 % above
