"""A case of an aggregate: its experts answer as one network, which has no layer to look at."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.cases import case
from gestalt_regions.cases.fold_gallery import answers, explain
from gestalt_regions.models.architectures.deepgestalt import build
from gestalt_regions.models.joined_experts import joined
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.given_faces import Faces, GivenFaces
from gestalt_regions.saliency.method_registry import resolve

CLASSES = ["a", "b", "Unaffected"]


@pytest.fixture(scope="module")
def aggregate(root) -> tuple[Explainer, np.ndarray]:
    torch.manual_seed(0)
    made = [build(3, 0.0, str(root / "resources/face_parts.csv"), {"part": part}) for part in ("eyes", "mouth")]
    preprocess = made[0][1]
    explainer = Explainer(joined([network for network, _ in made]), 8, preprocess)
    crops = np.random.default_rng(0).integers(0, 255, (2, preprocess.size, preprocess.size, 3)).astype(np.uint8)
    return explainer, crops


def test_it_answers_with_embeddings_of_all_experts_and_probabilities(aggregate):
    embeddings, logits = answers(*aggregate)
    assert embeddings.shape == (2, 640) and np.linalg.norm(embeddings, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.exp(logits).sum(1) == pytest.approx(1, abs=1e-5)


def test_a_face_is_explained_for_each_class(aggregate):
    explainer, crops = aggregate
    faces = Faces(pd.DataFrame({"fold": ["1", "2"]}), crops, None, {}, {}, CLASSES, "Unaffected", "1")
    work, parameters = resolve("Occlusion", {"window": 56, "stride": 56})
    parameters.pop("target")
    maps, _ = explain(work, explainer, GivenFaces(faces, [0, 0]), [0, 1], [0, 0], parameters)
    assert maps.shape == (2, 2, *crops.shape[1:3]) and np.isfinite(maps).all()
    assert np.abs(maps[0] - maps[1]).max() > 0


def test_without_a_layer_nothing_is_said_of_what_makes_faces_alike(aggregate, monkeypatch):
    explainer, crops = aggregate
    near = pd.DataFrame({"row": [1], "fold": ["2"]})
    monkeypatch.setattr(case.neighbours, "nearest_faces", lambda *_: near)
    study = type("Study", (), {})()
    study.asked = type("Asked", (), {"neighbours": 1, "alike_set": "paper"})()
    study.table, study.crops, study.explainers = None, crops, {"1": explainer}
    study.faces = {"1": type("Named", (), {"names": {"paper": ("eyes",)}})()}
    assert case._neighbour_table(study, np.ones(2), [])["alike"].tolist() == [""]
