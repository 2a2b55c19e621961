"""What of a study a figure shows."""

from __future__ import annotations

import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.figures.selection import EVERYTHING, selection

COLOURS = {"eyes": "b", "nose": "g", "mouth": "r"}


def test_an_empty_list_means_all():
    assert EVERYTHING.methods_of(["a", "b"]) == ["a", "b"]
    assert EVERYTHING.region_colours(COLOURS) == COLOURS
    assert len(EVERYTHING.faces_of(pd.DataFrame({"label": ["NS", "KS"]}))) == 2


def test_methods_and_regions_keep_the_studys_order_and_classes_the_figures():
    chosen = selection("figure6", {"methods": ["b", "a"], "regions": ["mouth", "eyes"], "classes": ["NS", "KS"]})
    assert chosen.methods_of(["a", "b", "c"]) == ["a", "b"]
    assert list(chosen.region_colours(COLOURS)) == ["eyes", "mouth"]
    assert chosen.classes_of(["KS", "NS", "WS"]) == ["NS", "KS"]
    assert list(chosen.faces_of(pd.DataFrame({"label": ["NS", "WS", "KS"]}))["label"]) == ["NS", "KS"]


def test_an_unknown_name_is_an_error_that_names_the_key():
    with pytest.raises(InputError, match=r"figures\.figure6\.regions: no 'mouht' here; did you mean mouth"):
        selection("figure6", {"regions": ["mouht"]}).regions_of(COLOURS)
