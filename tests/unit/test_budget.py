import numpy as np
import pytest
from gestalt_regions import budget


def test_bytes_are_those_of_the_files(tmp_path):
    scale = budget.Scale(images=7, heldout=2, folds=3, methods=4, models=1, size=10, parameters=50)
    assert scale.explained == 5 + 2 * 3
    one = np.zeros((scale.explained, 2, 10, 10), np.float32)
    np.save(tmp_path / "m.npy", one)
    assert budget.method_bytes(scale) == one.nbytes == (tmp_path / "m.npy").stat().st_size - 128  # the header
    assert budget.items(scale) == {
        "face crops, labels, regions": 7 * 100 * 5,
        "checkpoints": 3 * 50 * 4,
        "saliency maps": 4 * one.nbytes,
    }


def test_the_papers_scale_is_the_default(capsys):
    budget.main([])
    shown = capsys.readouterr().out
    assert "3544 images, 171 of them held out, 5 folds, 15 methods" in shown
    assert "4228 maps a method" in shown
    # 15 methods x 4,228 maps x 2 x 224 x 224 x 4 bytes
    assert "25.46 GB" in shown


def test_it_says_when_it_does_not_fit(capsys):
    budget.main(["--images", "100000000", "--all"])
    assert "this does not fit" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        budget.main(["--pictures", "3"])
