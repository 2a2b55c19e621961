"""The VGGFace2 ResNet-50: structure against an own plain forward pass, and its published kinds of files."""

import collections
import io
import pickle

import numpy as np
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.models.architectures.torchvision_resnet import build_vggface2
from gestalt_regions.models.weight_files import read_state
from torch.nn import functional


@pytest.fixture(scope="module")
def state():
    """Weights by the names of the published file, with a classifier of 9 identities."""
    torch.manual_seed(0)
    network, _ = build_vggface2(2, 0.0, "", {})
    names = {"stages.stem.0.": "conv1.", "stages.stem.1.": "bn1.", "stages.": ""}
    found = {}
    for key, value in network.state_dict().items():
        if key.startswith("head.") or key.endswith("num_batches_tracked"):
            continue
        old, new = next((o, n) for o, n in names.items() if key.startswith(o))
        value = torch.rand_like(value) + 0.5 if "running_var" in key else value
        found[new + key.removeprefix(old)] = value
    return found | {"fc.weight": torch.randn(9, 2048), "fc.bias": torch.zeros(9)}


def write(state, path):
    """As numpy before 2 and Python 2 did: numpy.core names, latin1 bytes (protocol 2)."""

    class Old(pickle._Pickler):
        def save_global(self, obj, name=None):
            if getattr(obj, "__module__", "") == "numpy._core.multiarray":
                self.write(b"cnumpy.core.multiarray\n" + obj.__name__.encode() + b"\n")
                self.memoize(obj)
                return
            super().save_global(obj, name)

        def save_bytes(self, obj):
            self.write(pickle.BINSTRING + len(obj).to_bytes(4, "little") + obj)
            self.memoize(obj)

        dispatch = dict(pickle._Pickler.dispatch)  # noqa: RUF012
        dispatch |= {type(np.array): save_global, bytes: save_bytes}

    stream = io.BytesIO()
    Old(stream, protocol=2).dump(collections.OrderedDict((k, v.numpy()) for k, v in state.items()))
    path.write_bytes(stream.getvalue())
    return str(path)


def caffe(state, x):
    """The embedding, written out: Caffe's ResNet-50 with Caffe's pooling (round up, no padding)."""

    def norm(x, name):
        values = (state[f"{name}.{k}"] for k in ("running_mean", "running_var", "weight", "bias"))
        return functional.batch_norm(x, *values, eps=1e-5)

    x = norm(functional.conv2d(x, state["conv1.weight"], stride=2, padding=3), "bn1").relu()
    right = functional.pad(x, (0, 1, 0, 1), value=-1e9)  # one more row and column is what rounding up reads
    x = functional.max_pool2d(right, 3, 2)
    for layer, count in enumerate((3, 4, 6, 3), 1):
        for block in range(count):
            name, stride = f"layer{layer}.{block}", 2 if layer > 1 and block == 0 else 1
            y = norm(functional.conv2d(x, state[f"{name}.conv1.weight"], stride=stride), f"{name}.bn1").relu()
            y = norm(functional.conv2d(y, state[f"{name}.conv2.weight"], padding=1), f"{name}.bn2").relu()
            y = norm(functional.conv2d(y, state[f"{name}.conv3.weight"]), f"{name}.bn3")
            if block == 0:
                shortcut = functional.conv2d(x, state[f"{name}.downsample.0.weight"], stride=stride)
                x = norm(shortcut, f"{name}.downsample.1")
            x = (x + y).relu()
    return x.mean((2, 3))


@pytest.mark.parametrize("suffix", [".pkl", ".pth"])
def test_published_kinds_of_files_give_caffes_forward_pass(state, tmp_path, suffix):
    path = tmp_path / f"resnet50_ft_weight{suffix}"
    write(state, path) if suffix == ".pkl" else torch.save({"state_dict": state}, path)
    network, preprocess = build_vggface2(3, 0.0, "", {"weights": str(path)})
    crop = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    x = preprocess(crop)
    assert x[0, :, 5, 7].tolist() == pytest.approx(crop[0, 5, 7, ::-1] - np.array([91.4953, 103.8827, 131.0912]))
    with torch.no_grad():
        ours, theirs = network.eval().run(x), caffe(state, x)
    assert (ours - theirs).abs().max() <= 1e-5 * theirs.abs().max()


def test_the_pickle_is_really_of_the_old_kind(state, tmp_path):
    path = write({"a": state["fc.bias"]}, tmp_path / "old.pkl")
    content = (tmp_path / "old.pkl").read_bytes()
    assert b"numpy.core.multiarray" in content
    assert b"numpy._core" not in content
    assert torch.equal(read_state(path)["a"], state["fc.bias"])


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


@pytest.mark.parametrize("place", ["value", "key", "whole"])
def test_a_pickle_that_holds_code_is_refused_unrun(tmp_path, place):
    bomb = Bomb(str(tmp_path / "exploded"))
    content = {"value": {"conv1.weight": bomb}, "key": {bomb: np.zeros(2)}, "whole": bomb}[place]
    path = tmp_path / "w.pkl"
    path.write_bytes(pickle.dumps(content, protocol=2))
    with pytest.raises(InputError, match="could not be read safely"):
        read_state(str(path))
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("cut", [None, 0, 8], ids=["whole", "empty", "cut"])
@pytest.mark.parametrize("content", [[1, 2], {"a": "text"}, {"a": np.array(["x"], object)}, {"a": np.array(["x"])}])
def test_other_content_is_refused(tmp_path, content, cut):
    (tmp_path / "w.pkl").write_bytes(pickle.dumps(content)[:cut])
    with pytest.raises(InputError, match="could not be read safely"):
        read_state(str(tmp_path / "w.pkl"))


def test_other_shapes_and_kinds_of_files_are_refused(state, tmp_path):
    torch.save({**state, "conv1.weight": torch.zeros(64, 3, 3, 3)}, tmp_path / "w.pth")
    with pytest.raises(InputError, match="not the weights of this network"):
        build_vggface2(2, 0.0, "", {"weights": str(tmp_path / "w.pth")})
    (tmp_path / "w.caffemodel").write_bytes(b"x")
    with pytest.raises(InputError, match="must end in"):
        read_state(str(tmp_path / "w.caffemodel"))
