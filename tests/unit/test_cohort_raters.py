"""Raters: they mark only their syndrome's terms, more often the stronger the sign."""

from gestalt_regions.cohort.raters import rate, seen
from gestalt_regions.cohort.recipes import Recipe, Term

TERMS = ["Ptosis", "Wide mouth", "Long face"]
RECIPES = {
    "KS": Recipe(
        "KS", "", (Term("Ptosis", "", "eyes", 1, {"a": 1}, {}), Term("Long face", "", "overall", 1, {"a": 1}, {}))
    ),
    "WS": Recipe("WS", "", (Term("Wide mouth", "", "mouth", 1, {"a": 1}, {}),)),
}


def test_detection_rises_from_the_false_alarm_rate():
    assert seen(0, 0.25, 0.04) == 0.04
    values = [seen(s, 0.25, 0.04) for s in (0.0, 0.1, 0.25, 0.5, 2.0)]
    assert values == sorted(values) and values[-1] > 0.95
    assert abs(seen(0.25, 0.25, 0.0) - 0.5) < 1e-12


def test_counts_stay_within_the_syndromes_own_list():
    samples = [(f"k{i}", "KS", {"Ptosis": 0.6}) for i in range(100)] + [(f"w{i}", "WS", {}) for i in range(100)]
    table = rate(1, samples, RECIPES, TERMS, half_seen=0.25, false_alarm=0.05)
    assert list(table.columns) == ["sample_id", *TERMS]
    assert table[TERMS].to_numpy().max() <= 3
    affected, others = table[:100], table[100:]
    assert affected["Wide mouth"].sum() == 0 and others[["Ptosis", "Long face"]].to_numpy().sum() == 0
    assert affected["Ptosis"].mean() > 2 > 0.5 > affected["Long face"].mean()
    assert table.equals(rate(1, samples, RECIPES, TERMS, half_seen=0.25, false_alarm=0.05))
