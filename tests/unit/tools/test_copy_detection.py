"""The benchmark of near copies: every made copy is another picture, and a pair counts where hash and pixels agree."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.folds.copy_decision import DETAIL, UNEXPLAINED
from gestalt_regions.folds.near_copies import MOST_BITS
from gestalt_regions.tools.bench.copy_detection import by_kind, grid, is_copy
from gestalt_regions.tools.bench.made_copies import KINDS
from PIL import Image


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_copy_is_another_picture_in_colour(kind):
    pixels = np.random.default_rng(1).integers(0, 256, (96, 80, 3), dtype=np.uint8)
    photo = Image.fromarray(pixels)
    copy = KINDS[kind](photo, np.random.default_rng(0))
    assert copy.mode == "RGB" and photo.size == (80, 96)
    assert copy.size != photo.size or np.asarray(copy).tobytes() != np.asarray(photo).tobytes()


def test_a_pair_counts_where_hash_and_both_measures_agree():
    good = {"kind": "a", "bits": MOST_BITS, "detail": DETAIL, "unexplained": UNEXPLAINED}
    table = pd.DataFrame([good, good | {"bits": MOST_BITS + 1}, good | {"detail": 0.7}, good | {"unexplained": 0.1}])
    assert is_copy(table).tolist() == [True, False, False, False]
    told = by_kind(table).set_index("kind").loc["a"]
    assert told["n"] == 4 and told["proposed"] == 0.75 and told["copies"] == 0.25 and 0.04 < told["95 % from"] < 0.25
    cell = grid(table, table).set_index(["detail", "unexplained"]).loc[(DETAIL, UNEXPLAINED)]
    assert cell["recall"] == 0.25 and cell["false pairs"] == 1
