"""Which numbers of Gurovich et al. (2019) follow from its own counts, and which do not."""

from pathlib import Path

import pandas as pd
import pytest
from gestalt_regions.statistics.deepgestalt.published_numbers import agreement, write_published
from gestalt_regions.statistics.toolkit import proportions

PUBLISHED = Path(__file__).parents[3] / "resources/deepgestalt_published.csv"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    write_published(str(PUBLISHED), folder / "t.csv", folder / "t.tex")
    assert r"\begin{longtable}" in (folder / "t.tex").read_text()
    return pd.read_csv(folder / "t.csv", dtype={"published": str}, keep_default_na=False)


def test_a_printed_number_is_rounded_cut_or_wrong():
    assert agreement("96.88", 96.875) == agreement("90.62", 90.625) == "yes"  # a half goes either way
    assert agreement("85.4", 85.458) == "cut"
    assert agreement("95.67", 95.652) == agreement("90.1", 90.625) == "no"


def test_shares_and_intervals_recompute_but_for_three(table):
    rest = table[~table["quantity"].str.startswith("P against")]
    wrong = rest[rest["agrees"] == "no"]
    assert list(zip(wrong["experiment"], wrong["published"], strict=True)) == [("CdLS", "90.1"), ("CdLS", "95.67")]
    cut = rest[rest["agrees"] == "cut"]
    assert set(cut["published"]) == {"85.4", "61.3", "76.8", "83.2", "63.52", "73.55"}
    assert (rest["agrees"] == "yes").sum() == len(rest) - 8


def test_only_two_samples_give_the_published_p(table):
    tests = table[table["quantity"].isin(["P against 75 % (Rohatgi 2010)", "P against 71 % (Bird 2014)"])]
    by_form = {form: list(part["agrees"]) for form, part in tests.groupby("form")}
    assert by_form == {
        proportions.UNPOOLED: ["yes", "yes", "yes"],
        proportions.POOLED: ["yes", "yes", "cut"],
        proportions.KNOWN: ["no", "no", "no"],
        proportions.OWN: ["no", "no", "no"],
    }
    from_count = table[table["quantity"].str.endswith("from 28 of 32")]
    assert set(from_count["agrees"]) == {"no"}  # 0.22 follows from 87 %, not from a count of images


def test_counts_that_the_paper_does_not_give_are_the_nearest():
    table = pd.read_csv(PUBLISHED)
    shares = table[(table["kind"] == "share") & (table["counted"] == "nearest")]
    assert len(shares) >= 14
    assert (shares["hits"] == (shares["published"] / 100 * shares["of"]).round()).all()
