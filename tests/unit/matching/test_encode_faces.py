"""Encoders and encodings, with a small iResNet of random weights in the place of a published one."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.matching.encode_faces import encode, grey, view
from gestalt_regions.matching.encoders import describe, unit, write_card
from gestalt_regions.matching.encoding_layout import TTA
from gestalt_regions.models.architectures.arcface import build, read_encoder
from gestalt_regions.tools.bench.iresnet import write_iresnet
from onnx import TensorProto, helper, load, numpy_helper, save

N = 5


@pytest.fixture(scope="module")
def iresnet(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("iresnet") / "r.onnx")
    write_iresnet(path)
    return path


@pytest.fixture(scope="module")
def crops():
    return np.random.default_rng(1).integers(0, 256, (N, 112, 112, 3), dtype=np.uint8)


@pytest.fixture
def entry(iresnet):
    return {"backbone": "arcface_onnx", "options": {"weights": iresnet}, "fine_tuned": False, "recipe": ""}


@pytest.fixture
def encoded(tmp_path, iresnet, crops, entry):
    """encoded(batch): what `encode` writes for the crops, in an order of its own."""
    np.save(tmp_path / "crops.npy", crops)
    index = pd.DataFrame({"row": [3, 1, 0, 4, 2], "sample_id": list("dbaec")})
    index.to_csv(tmp_path / "index.csv", index=False)
    inputs = {"crops": tmp_path / "crops.npy", "index": tmp_path / "index.csv", "card": tmp_path / "card.json"}
    inputs = {key: str(path) for key, path in inputs.items()} | {"asset": iresnet, "trained": ""}
    write_card(inputs["card"], entry=entry, asset=iresnet, threads=1)

    def run(batch):
        outputs = {key: str(tmp_path / key) for key in ("encodings", "index_out", "about")}
        named = {"encodings": outputs["encodings"], "index": outputs["index_out"], "about": outputs["about"]}
        encode(inputs, named, entry=entry, batch=batch, threads=1, device="cpu")
        return np.load(named["encodings"]), pd.read_csv(named["index"]), json.loads(open(named["about"]).read())

    return run


def test_every_view_of_every_face_is_a_unit_vector_in_the_order_of_the_index(encoded, iresnet, crops):
    vectors, index, about = encoded(batch=2)
    assert vectors.shape == (N, len(TTA), 32)
    assert vectors.dtype == np.float32
    assert np.abs(np.linalg.norm(vectors, axis=-1) - 1).max() < 1e-6
    assert list(index.sample_id) == list("dbaec")
    assert list(index.row) == list(range(N))
    assert about["views"] == ["colour", "colour_flipped", "grey", "grey_flipped"]
    assert (about["width"], about["engine"], about["fine_tuned"]) == (32, "onnx", False)
    network, preprocess = build(1, 0.0, iresnet, {})
    for i, name in enumerate(TTA):
        with torch.no_grad():
            ours = network.eval().run(preprocess(view(crops[[3, 1, 0, 4, 2]], name))).numpy()
        assert np.abs(unit(ours) - vectors[:, i]).max() < 2e-6, name
    assert np.abs(vectors[:, 0] - vectors[:, 1]).max() > 1e-3  # the views differ
    assert np.abs(vectors[:, 0] - vectors[:, 2]).max() > 1e-3


def test_encodings_do_not_depend_on_the_batch(encoded):
    assert np.abs(encoded(batch=1)[0] - encoded(batch=32)[0]).max() < 1e-6


def test_views_are_grey_and_mirrored(crops):
    left = np.zeros((1, 4, 4, 3), np.uint8)
    left[0, :, 0] = (255, 0, 0)
    assert (view(left, "colour_flipped")[0, :, 3] == (255, 0, 0)).all()
    assert (view(left, "grey")[0, :, 0] == 76).all()  # 0.299 of 255
    assert (view(left, "grey_flipped")[0, :, 3] == 76).all()
    assert view(left, "colour") is left
    same = np.full((1, 2, 2, 3), 200, np.uint8)
    assert (grey(same) == 200).all()
    flipped = view(view(crops, "colour_flipped"), "colour_flipped")
    assert (flipped == crops).all()


def test_a_vector_without_direction_is_refused():
    with pytest.raises(InputError, match="zero or not finite"):
        unit(np.zeros((2, 3)))
    with pytest.raises(InputError, match="zero or not finite"):
        unit(np.array([[1.0, np.nan]]))


def test_a_file_that_scales_its_input_itself_is_found_out(iresnet, entry, tmp_path):
    """The same network with (x - 127.5) / 127.5 inside: equal vectors, from plain pixels."""
    model = load(iresnet)
    first = model.graph.node[0]
    for i, (kind, value) in enumerate((("Sub", 127.5), ("Mul", 1 / 127.5))):
        model.graph.initializer.append(numpy_helper.from_array(np.array(value, np.float32), f"c{i}"))
        node = helper.make_node(kind, ["input" if i == 0 else "s0", f"c{i}"], [f"s{i}"], name=f"s{i}")
        model.graph.node.insert(i, node)
    first = next(n for n in model.graph.node if n.op_type == "Conv" and "input" in n.input)
    first.input[0] = "s1"
    path = str(tmp_path / "inside.onnx")
    save(model, path)
    inside, plain = describe(entry, path, 1), describe(entry, iresnet, 1)
    assert (inside["scales_itself"], plain["scales_itself"]) == (True, False)
    assert max(inside["largest_difference"], plain["largest_difference"]) < 1e-6


def changed(path, where, change):
    model = load(path)
    change(model)
    save(model, where)
    return str(where)


def declare(model, ends, shape, kind=TensorProto.FLOAT):
    name = ends[0].name
    del ends[:]
    ends.append(helper.make_tensor_value_info(name, kind, shape))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: declare(m, m.graph.input, ["n", 3, 224, 224]), r"found an input of \[0, 3, 224, 224\]"),
        (lambda m: declare(m, m.graph.input, ["n", 1, 112, 112]), r"found an input of \[0, 1, 112, 112\]"),
        (lambda m: declare(m, m.graph.input, ["n", 150528]), r"found an input of \[0, 150528\]"),
        (lambda m: declare(m, m.graph.input, ["n", 3, 112, 112], TensorProto.UINT8), "an input that is not float32"),
        (lambda m: declare(m, m.graph.output, ["n", 8, 7, 7]), r"found an output of \[0, 8, 7, 7\]"),
        (lambda m: m.graph.output.append(m.graph.output[0]), "found 2 outputs"),
        (lambda m: m.graph.node.pop(), "not an ONNX encoder that can be converted"),
    ],
)
def test_a_file_that_is_no_encoders_is_refused_with_its_shape(iresnet, tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        read_encoder(changed(iresnet, tmp_path / "bad.onnx", change))


def test_a_file_whose_shapes_are_open_is_tried(iresnet, tmp_path):
    def open_shapes(model):
        declare(model, model.graph.input, ["n", "c", "h", "w"])
        declare(model, model.graph.output, ["n", "d"])

    assert read_encoder(changed(iresnet, tmp_path / "open.onnx", open_shapes)).width == 32
    grey_file = tmp_path / "grey.onnx"
    write_iresnet(str(grey_file))

    def one_channel(model):
        declare(model, model.graph.input, ["n", "c", "h", "w"])
        weight = next(w for w in model.graph.initializer if w.dims[:] == [8, 3, 3, 3])
        weight.CopyFrom(numpy_helper.from_array(np.zeros((8, 1, 3, 3), np.float32), weight.name))

    with pytest.raises(InputError, match="does not take images of 3 x 112 x 112"):
        read_encoder(changed(str(grey_file), grey_file, one_channel))


def test_the_feature_layer_alone_without_its_batchnorm(iresnet, crops):
    plain, preprocess = build(1, 0.0, iresnet, {})
    cut, _ = build(1, 0.0, iresnet, {"feature_layer": True})
    assert list(cut.stages) == [*list(plain.stages)[:-1], "pooled", "embedding"]
    assert cut.spatial == plain.spatial
    layers = [m for m in cut.stages["embedding"].modules() if not list(m.children())]
    assert [type(m) for m in layers] == [torch.nn.Linear]
    norm = next(m for m in plain.modules() if isinstance(m, torch.nn.BatchNorm1d))
    with torch.no_grad():
        x = preprocess(crops)
        assert torch.allclose(norm(cut.eval().run(x)), plain.eval().run(x), atol=1e-5)


def test_an_embedding_that_no_linear_layer_makes_cannot_be_trained_alone(iresnet, tmp_path):
    def ends_in_prelu(model):
        model.graph.initializer.append(numpy_helper.from_array(np.full(1, 0.5, np.float32), "slope"))
        last = model.graph.output[0].name
        model.graph.node.append(helper.make_node("PRelu", [last, "slope"], ["end"], name="end"))
        model.graph.output[0].name = "end"

    path = changed(iresnet, tmp_path / "prelu.onnx", ends_in_prelu)
    with pytest.raises(InputError, match="not made by a linear layer"):
        read_encoder(path, feature_layer=True)
