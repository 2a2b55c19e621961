"""Similarity maps: against plain loops and hand-made gradients, and on a network of which it is known what it sees."""

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.figures.similarity_sheet import draw_similarity_sheet
from gestalt_regions.matching.encoders import rebuilt
from gestalt_regions.matching.similarity_maps import (
    choose,
    gradcam,
    occlusion,
    without_classifier,
    write_similarity_coefficients,
    write_similarity_maps,
)
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.study.schema import validate
from gestalt_regions.tools.bench.iresnet import write_iresnet
from torch import nn

SETTINGS = {"layer": "", "length": "held", "window": 28, "stride": 28, "baseline": 0.0, "samples": [], "count": 2}


@pytest.fixture(scope="module")
def iresnet(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("iresnet") / "r.onnx")
    write_iresnet(path)
    return {"backbone": "arcface_onnx", "options": {"weights": path}}


@pytest.fixture(scope="module")
def crops():
    return np.random.default_rng(2).integers(0, 256, (4, 112, 112, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def explained(iresnet, crops):
    """(explainer of the embedding, two images, the unit vector of the other of each)."""
    network, preprocess = rebuilt(iresnet, iresnet["options"]["weights"], "")
    x = preprocess(crops[:2])
    with torch.no_grad():
        own = torch.nn.functional.normalize(network.run(x))
    return Explainer(without_classifier(network), 16), x, own.flip(0)


class LeftHalf(nn.Module):
    def forward(self, x):
        return x[..., : x.shape[-1] // 2].mean((2, 3))


def left_sighted():
    """A network whose embedding is the mean colour of the left half."""
    stages = {"map": nn.AvgPool2d(4), "embedding": LeftHalf()}
    return StagedNetwork(stages, ["map"], 3, 1).eval().requires_grad_(False)


def test_the_networks_outputs_are_its_embedding(explained, iresnet):
    explainer, x, _ = explained
    network, _ = rebuilt(iresnet, iresnet["options"]["weights"], "")
    with torch.no_grad():
        assert torch.equal(explainer.network(x), network.run(x))
    assert network.head.out_features == 1  # left as it was


def test_occlusion_is_the_mean_drop_of_the_cosine(explained):
    explainer, x, others = explained
    settings = SETTINGS | {"window": 40, "stride": 36}
    found = occlusion(explainer, x, others, settings)[:, 0]
    starts = [0, 36, 72]
    for image in range(2):
        total, times = torch.zeros(112, 112), torch.zeros(112, 112)

        def cosine(picture, other=others[image]):
            with torch.no_grad():
                return torch.nn.functional.cosine_similarity(explainer.network(picture), other[None])[0]

        whole = cosine(x[image : image + 1])
        for a in starts:
            for b in starts:
                covered = x[image : image + 1].clone()
                covered[..., a : a + 40, b : b + 40] = 0
                total[a : a + 40, b : b + 40] += whole - cosine(covered)
                times[a : a + 40, b : b + 40] += 1
        assert torch.allclose(found[image], total / times.clamp(min=1), atol=2e-5)
    assert found.abs().max() > 1e-3


@pytest.mark.parametrize("length", ["held", "free"])
def test_gradcam_is_that_of_the_cosine(explained, length):
    explainer, x, others = explained
    network, name = explainer.network, explainer.network.spatial[-1]
    cut = network.layer(name) + 1
    with torch.no_grad():
        activation = network.run(x, stop=cut)
    activation.requires_grad_(True)
    embedding = network.run(activation, cut)
    norm = embedding.norm(dim=1)
    # the derivative of a cosine, by hand
    slope = others / norm[:, None]
    if length == "free":
        slope = slope - (embedding * others).sum(1, keepdim=True) * embedding / norm[:, None] ** 3
    (gradient,) = torch.autograd.grad(embedding, activation, grad_outputs=slope.detach())
    expected = (gradient.mean((2, 3), keepdim=True) * activation).sum(1, keepdim=True)
    found = gradcam(explainer, x, others, SETTINGS | {"length": length})
    assert torch.allclose(found, expected, atol=1e-5 * float(expected.detach().abs().max()) + 1e-7)


def test_a_face_is_like_itself_only_with_its_length_held(explained):
    explainer, x, others = explained
    own = others.flip(0)
    held = gradcam(explainer, x, own, SETTINGS).abs().max()
    free = gradcam(explainer, x, own, SETTINGS | {"length": "free"}).abs().max()
    assert free < 1e-4 * held


def test_what_the_network_does_not_see_makes_nothing_alike():
    x = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    network = left_sighted()
    others = torch.nn.functional.normalize(network.run(x)).flip(0)
    explainer = Explainer(without_classifier(network), 8)
    maps = occlusion(explainer, x, others, SETTINGS | {"window": 4, "stride": 4})
    assert maps[..., 8:].abs().max() < 1e-6
    assert maps[..., :8].abs().max() > 1e-4


def test_the_chosen_pairs_are_found_ones_of_different_disorders():
    rows = [
        ("a1", "A", 1, "B"),
        ("a1", "A", 2, "A"),
        ("a2", "A", 1, "A"),
        ("a3", "A", 1, "A"),
        ("b1", "B", 1, "A"),
        ("c1", "C", 1, "C"),
        ("d1", "D", 2, "D"),
        ("d1", "D", 1, "E"),
    ]
    found = pd.DataFrame(rows, columns=["sample_id", "label", "place", "disorder"]).assign(neighbour="x")
    assert list(choose(found, [], 2).sample_id) == ["a2", "c1"]
    assert list(choose(found, [], 9).sample_id) == ["a2", "c1", "a3", "a1", "b1", "d1"]
    assert list(choose(found, ["b1", "a1"], 1).sample_id) == ["b1", "a1"]
    with pytest.raises(InputError, match=r"samples: 'a9' is no test image of a gallery; did you mean a"):
        choose(found, ["a9"], 1)


@pytest.fixture
def files(tmp_path, iresnet, crops):
    np.save(tmp_path / "crops.npy", crops)
    regions = np.zeros((4, 112, 112), np.uint8)
    regions[:, 20:40], regions[:, 50:70], regions[:, 80:100] = 1, 2, 3
    np.save(tmp_path / "regions.npy", regions)
    names, labels = ["q2", "g1", "q1", "g2"], ["B", "A", "A", "B"]
    index = pd.DataFrame({"row": range(4), "sample_id": names, "label": labels})
    index.to_csv(tmp_path / "index.csv", index=False)
    samples = index.assign(subject_id=names, kin_group=names, split="folds", simulated=True)
    samples.drop(columns="row").to_csv(tmp_path / "samples.csv", index=False)
    nearest = [("frequent", "", "q1", "A", 1, "A", "g1", 0.4), ("frequent", "", "q2", "B", 1, "A", "g1", 0.5)]
    columns = ["gallery", "repeat", "sample_id", "label", "place", "disorder", "neighbour", "distance"]
    pd.DataFrame(nearest, columns=columns).to_csv(tmp_path / "nearest.csv", index=False)
    return tmp_path


def test_maps_table_and_figure_of_a_study(files, iresnet, crops, root, config):
    inputs = {"crops": str(files / "crops.npy"), "trained": "", "asset": iresnet["options"]["weights"]}
    inputs |= {name: str(files / f"{name}.csv") for name in ("index", "nearest")}
    maps, index = str(files / "maps.npy"), str(files / "maps.csv")
    outputs = {"maps": maps, "index": index}
    write_similarity_maps(inputs, outputs, entry=iresnet, settings=SETTINGS, batch=16, device="cpu")
    stack, table = np.load(maps), pd.read_csv(index)
    assert stack.shape == (8, 2, 112, 112)
    assert np.isfinite(stack).all()
    assert list(table.side) == ["query", "gallery"] * 4
    assert list(table.sample_id) == ["q1", "g1", "q1", "g1", "q2", "g1", "q2", "g1"]
    assert table.groupby("pair").cosine.nunique().eq(1).all()
    network, preprocess = rebuilt(iresnet, iresnet["options"]["weights"], "")
    with torch.no_grad():
        q1, g1 = network.run(preprocess(crops[[2, 1]]))
    assert table.cosine[0] == pytest.approx(float(torch.cosine_similarity(q1, g1, dim=0)), abs=1e-5)

    policies = validate(config, root / "config/schemas")["coefficients"]["policies"]
    output, sets = str(files / "table.csv"), str(root / "resources/regions.yaml")
    named = {"faces": inputs["index"], "regions": str(files / "regions.npy"), "sets": sets}
    write_similarity_coefficients(outputs | named, output, encoder="r50", policies=policies)
    found = pd.read_csv(output)
    assert len(found) == 8 * 3 * len(policies)
    row = found.query(
        "pair == 2 & side == 'gallery' & method == 'Occlusion' & region == 'nose' & policy == 'signed_raw'"
    )
    assert row.coefficient.item() == pytest.approx(stack[7, 0, 50:70].mean(), rel=1e-5)
    assert set(found.encoder) == {"r50"}

    named = {"crops": inputs["crops"], "regions": named["regions"], "faces": inputs["index"]}
    draw_similarity_sheet(
        maps=maps,
        index=index,
        **named,
        samples=str(files / "samples.csv"),
        output=str(files / "maps.png"),
        encoder="r50",
    )
    assert (files / "maps.png").read_bytes()[:4] == b"\x89PNG"
