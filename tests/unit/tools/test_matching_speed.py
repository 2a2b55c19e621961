"""The published way and ours give the same accuracies, at a small size; so does a gallery from a file."""

import numpy as np
from gestalt_regions.tools.bench import matching_speed


def test_both_ways_agree_and_the_large_gallery_is_answered(tmp_path, capsys):
    matching_speed.compare(queries=12, images=60, disorders=9, rounds=1, most=1e9)
    assert capsys.readouterr().out.count("mA") == 3  # differing accuracies end the run
    matching_speed.large(images=3000, queries=5, disorders=40, folder=tmp_path)
    assert "100.0% of the answers as planted" in capsys.readouterr().out


def test_the_published_way_differs_where_the_gallery_differs():
    """Guards the comparison: it does not agree with whatever it is given."""

    rng = np.random.default_rng(0)
    labels, truth = np.repeat(np.arange(6), 4), np.arange(6)
    centres = 10 * rng.standard_normal((6, matching_speed.SIZE), dtype=np.float32)
    gallery, asked = (matching_speed.planted(each, centres, rng) for each in (labels, truth))
    distance = matching_speed.DISTANCES["scikit-learn"]
    assert matching_speed.published(gallery, labels, asked, truth, distance)[0] == 1
    assert matching_speed.published(gallery, labels[::-1], asked, truth, distance)[0] == 0
