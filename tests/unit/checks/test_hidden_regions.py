"""How much of each region an occluder hides: by the truth of a rendered photograph, and by the parser's labels."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.checks.hidden_regions import hidden_share, write_hidden_regions
from gestalt_regions.faces import align
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.kept_faces import new_kept_faces
from gestalt_regions.faces.parse import LABELS
from PIL import Image

SIZE = 112


def test_share_of_each_region():
    ids = np.array([[1, 1, 2], [1, 1, 0]], np.uint8)
    hidden = np.array([[True, False, True], [False, False, True]])
    np.testing.assert_allclose(hidden_share(ids, hidden, 3), [0.25, 1.0, np.nan])


@pytest.fixture
def place(tmp_path):
    """A face whose lower lip is half hidden and whose hair is not, as the truth and as the parser have it."""
    labels = np.full((SIZE, SIZE), LABELS.index("skin"), np.uint8)
    labels[:20] = LABELS.index("hair")
    labels[88:96, 46:66] = LABELS.index("lower_lip")
    hidden = np.zeros((SIZE, SIZE), bool)
    hidden[80:100, 56:] = True
    (tmp_path / "copies/hidden").mkdir(parents=True)
    Image.fromarray(hidden).save(tmp_path / "copies/hidden/web-s.png")
    shard = tmp_path / "truth"
    shard.mkdir()
    pd.DataFrame({"row": [0], "sample_id": ["s"]}).to_csv(shard / "index.csv", index=False)
    np.save(shard / "labels.npy", np.where(labels == LABELS.index("hair"), 10, labels)[None])
    np.save(shard / "landmarks.npy", np.concatenate([align.TEMPLATE, np.zeros((68, 2))])[None].astype(np.float32))
    five = dict(zip(POINTS, align.TEMPLATE.ravel(), strict=True))
    pd.DataFrame([{"row": 0, "sample_id": "web-s", **five}]).to_csv(tmp_path / "index.csv", index=False)
    np.save(tmp_path / "labels.npy", labels[None])
    with new_kept_faces(tmp_path / "faces.npz") as add:
        add("web-s", {("labels", SIZE): labels})
    (tmp_path / "samples.csv").write_text(
        "sample_id,label,subject_id,kin_group,split,simulated\nweb-s,A,p,p,heldout,True\n"
    )
    return tmp_path


@pytest.mark.parametrize(("truth", "labels"), [(True, ""), (False, "labels.npy"), (False, "faces.npz")])
def test_truth_and_parser_are_read_alike(place, root, truth, labels):
    about = {"occluder": "hand", "prefix": "web-", "size": SIZE, "index": str(place / "index.csv")}
    about |= {"truth": [str(place / "truth")] if truth else [], "labels": str(place / labels)}
    write_hidden_regions(
        originals={"hands": about},
        photographs={"hands": str(place / "copies")},
        listed={"hands": str(place / "samples.csv")},
        sets=root / "resources/regions.yaml",
        csv=str(place / "h.csv"),
        tex=str(place / "h.tex"),
    )
    table = pd.read_csv(place / "h.csv").set_index("region")
    assert table.loc["mouth", "hidden"] == pytest.approx(0.5, abs=0.03) and table.loc["hair", "hidden"] == 0
    assert table.loc["hair", "none"] == 1 and table.loc["ears", "images"] == 0
    assert set(table["by"]) == {"rendered truth" if truth else "parser"}
    assert "Simulated cohort" in (place / "h.tex").read_text()
