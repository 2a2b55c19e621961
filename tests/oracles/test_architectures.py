"""Every backbone against what it stands for: ONNX Runtime, the libraries' own forward pass, published behaviour."""

import cv2
import matplotlib.pyplot as plt
import numpy as np
import onnxruntime
import pytest
import skimage.data
import timm
import torch
import torchvision
from gestalt_regions.core.errors import InputError
from gestalt_regions.models.architectures import arcface, deepgestalt, efficientnet, torchvision_resnet
from gestalt_regions.models.backbones import BACKBONES, TRAITS, builder
from gestalt_regions.models.merge import merged
from gestalt_regions.models.network import Preprocess
from gestalt_regions.saliency.windows.occluded_logits import Occluder
from gestalt_regions.tools.bench.iresnet import write_iresnet
from matplotlib import cbook
from torch import nn

UNITS = {"relu": nn.ReLU, "prelu": nn.PReLU, "relu6": nn.ReLU6}


@pytest.fixture(scope="module")
def iresnet(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("onnx") / "iresnet.onnx")
    write_iresnet(path, blocks=(2, 1, 2, 1))
    return path


@pytest.fixture(scope="module", params=sorted(BACKBONES))
def built(request, root, asset, iresnet):
    """(backbone, network in evaluation mode, preprocess, the file it was built from)"""
    entry = BACKBONES[request.param]
    committed = entry.weights and str(root / entry.weights)
    path = iresnet if entry.from_file else asset(entry.asset) if entry.asset else committed
    torch.manual_seed(0)
    network, preprocess = builder(entry.name)(4, 0.0, path, {})
    return entry, network.eval().requires_grad_(False), preprocess, path


def crops(size, n=2):
    return np.random.default_rng(0).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


def close(ours, oracle, tolerance=1e-4):
    assert np.abs(np.asarray(ours) - np.asarray(oracle)).max() <= tolerance * np.abs(np.asarray(oracle)).max()


def test_every_backbone_is_cut_into_stages_that_compose(built):
    entry, network, preprocess, _ = built
    assert preprocess.size == entry.size
    x = preprocess(crops(entry.size))
    with torch.no_grad():
        logits = network(x)
        assert logits.shape == (2, 4)
        for name in network.spatial:
            cut = network.layer(name) + 1
            hidden = network.run(x, stop=cut)
            assert hidden.dim() == 4
            close(network.tail(hidden, cut), logits)
        assert network.run(x).shape == (2, network.head.in_features)


def test_the_traits_are_those_of_the_network(built):
    entry, network, preprocess, _ = built
    assert set(entry.traits) <= set(TRAITS)
    modules = list(network.modules())
    for trait, kind in UNITS.items():
        assert (trait in entry.traits) == any(type(m) is kind for m in modules), trait
    norms = nn.modules.batchnorm._BatchNorm
    assert ("batchnorm" in entry.traits) == any(isinstance(m, norms) for m in modules)
    assert ("residual" in entry.traits) == has_sums(network, preprocess(crops(entry.size, 1)))
    assert ("stages" in entry.traits) == bool(network.spatial)
    assert ("feature_layer" in entry.traits) == (entry.module == "gestalt_regions.models.architectures.arcface")
    assert ("embedding" in entry.traits) == (network.run(preprocess(crops(entry.size, 1))).dim() == 2)


def has_sums(network, x):
    """Whether two feature maps are added anywhere in a forward pass."""

    class Watch(torch.utils._python_dispatch.TorchDispatchMode):
        seen = False

        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            if function.overloadpacket in (torch.ops.aten.add, torch.ops.aten.add_):
                maps = [a for a in args[:2] if isinstance(a, torch.Tensor) and a.dim() == 4]
                self.seen |= len(maps) == 2
            return function(*args, **(kwargs or {}))

    with Watch() as watch, torch.no_grad():
        network(x)
    return watch.seen


def test_onnx_encoders_equal_onnx_runtime_on_pixels(built):
    """From the uint8 crop: what SFace's file does to its input is moved into the preprocessing, and nothing is lost."""
    entry, network, preprocess, path = built
    if not path.endswith(".onnx"):
        pytest.skip("not an ONNX network")
    raw = Preprocess(112, "rgb", (0.0,) * 3, (1.0,) * 3)(crops(112))
    # as OpenCV feeds SFace, and insightface ArcFace
    fed = raw if entry.name == "sface" else (raw - 127.5) / 127.5
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    theirs = np.concatenate([session.run(None, {name: one[None].contiguous().numpy()})[0] for one in fed])
    close(network.run(preprocess(crops(112))).numpy(), theirs)


def test_sface_takes_zero_for_mid_grey(asset):
    encoder = arcface.read_encoder(asset("sface.onnx"))
    assert (encoder.mean, encoder.scale) == (127.5, 128.0)
    assert encoder.spatial == ["map112", "map56", "map28", "map14", "map7"]


def test_iresnets_are_cut_at_each_size(iresnet):
    assert arcface.read_encoder(iresnet).spatial == ["map56", "map28", "map14", "map7"]


def test_an_onnx_network_needs_its_file(tmp_path):
    with pytest.raises(InputError, match="weights is empty"):
        arcface.build(3, 0.0, "", {})
    broken = tmp_path / "x.onnx"
    broken.write_bytes(b"not a protobuf")
    with pytest.raises(InputError, match="not an ONNX encoder"):
        arcface.build(3, 0.0, str(broken), {})


def test_merging_batchnorms_keeps_every_stage(built):
    entry, network, preprocess, _ = built
    quick, x = merged(network), preprocess(crops(entry.size, 1))
    kinds = [sum(isinstance(m, nn.BatchNorm2d) for m in net.modules()) for net in (network, quick)]
    assert kinds[1] < kinds[0] or kinds[0] == 0 or entry.name == "arcface_onnx"  # those stand before convolutions
    with torch.no_grad():
        for stop in range(1, len(network.stages) + 1):
            close(quick.run(x, stop=stop), network.run(x, stop=stop), 1e-5)


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnext50_32x4d"])
def test_torchvisions_own_forward_pass(name, tmp_path):
    torch.manual_seed(0)
    original = getattr(torchvision.models, name)(num_classes=7).eval()
    path = str(tmp_path / "w.pth")
    torch.save(original.state_dict(), path)
    network, preprocess = torchvision_resnet.build(3, 0.0, "", {"architecture": name, "weights": path})
    network.head.load_state_dict({k: v[:3] for k, v in original.fc.state_dict().items()})
    own = torchvision.transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    x = own(torch.from_numpy(crops(224)).permute(0, 3, 1, 2) / 255)
    with torch.no_grad():
        close(preprocess(crops(224)), x)
        close(network.eval()(preprocess(crops(224))), original(x)[:, :3])
    with pytest.raises(InputError, match="did you mean resnet18"):
        torchvision_resnet.build(3, 0.0, "", {"architecture": "resnet81"})


PICTURES = {  # what they show, as ImageNet classes
    "Grace Hopper": (lambda: plt.imread(cbook.get_sample_data("grace_hopper.jpg")), {652}),  # military uniform
    "Chelsea": (skimage.data.chelsea, {281, 282, 283, 284, 285}),  # cats
    "coffee": (skimage.data.coffee, {504, 967, 968}),  # mug, espresso, cup
}


@pytest.mark.parametrize("name", PICTURES)
def test_efficientnet_lite0_knows_what_photographs_show(asset, name):
    """The first guess on whole photographs is right; channels in the wrong order or another range lose that."""
    read, classes = PICTURES[name]
    picture = read()
    net = efficientnet.lite0(asset("efficientnet_lite0.pth")).eval()
    network, preprocess = efficientnet.build(1000, 0.0, asset("efficientnet_lite0.pth"), {})
    network.head.load_state_dict(net.classifier.state_dict())
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    square = picture[top : top + side, left : left + side]
    x = preprocess(cv2.resize(square, (224, 224), interpolation=cv2.INTER_AREA)[None])
    with torch.no_grad():
        scores = network.eval()(x)
        close(scores, net(x))
        assert scores.argmax().item() in classes


def test_deepgestalt_is_the_network_of_yi_et_al():
    """Output sizes and channels of Table 1 of Yi et al., 2014; He initialisation."""
    torch.manual_seed(0)
    network, preprocess = deepgestalt.build(5, 0.5, "", {})
    x = preprocess(crops(224))
    assert x.shape == (2, 1, 224, 224)
    expected = x.new_tensor(crops(224) @ np.array([0.299, 0.587, 0.114]))[:, None]
    assert torch.allclose(x * 127.5 + 127.5, expected, atol=1e-3)
    shapes = [tuple(network.eval().run(x, stop=i).shape[1:]) for i in range(1, 7)]
    assert shapes == [(64, 50, 50), (128, 25, 25), (192, 13, 13), (256, 7, 7), (320, 7, 7), (320,)]
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    assert len(convolutions) == 10
    assert sum(isinstance(m, nn.BatchNorm2d) for m in network.modules()) == 9
    for layer in convolutions[1:]:
        assert layer.weight.std().item() == pytest.approx((2 / (9 * layer.in_channels)) ** 0.5, rel=0.05)


def test_onnx_writer_has_the_layers_of_iresnet50(tmp_path):
    write_iresnet(str(tmp_path / "r50.onnx"), blocks=(3, 4, 14, 3), width=4, embedding=16)
    network, _ = arcface.build(2, 0.0, str(tmp_path / "r50.onnx"), {})
    found = [type(m).__name__ for m in network.modules()]
    # 24 blocks of two convolutions and one PReLU, four shortcuts, and the stem
    assert (found.count("Conv2d"), found.count("PReLU"), found.count("BatchNorm2d")) == (53, 25, 25)


def test_timm_names_the_same_networks():
    """The shapes of all three ResNet-50s agree, so only the stride tells them apart."""
    ours, _ = torchvision_resnet.build_vggface2(2, 0.0, "", {})
    theirs = timm.create_model("resnet50")
    assert [b.conv1.stride for b in (ours.stages["layer2"][0], theirs.layer2[0])] == [(2, 2), (1, 1)]
    assert [b.conv2.stride for b in (ours.stages["layer2"][0], theirs.layer2[0])] == [(1, 1), (2, 2)]


def test_occlusion_recomputes_only_a_part_of_every_network(built):
    """The convolutions of a few windows, against recomputing them: equal to 1e-5 of the logits, with less work."""
    entry, network, preprocess, _ = built
    x = preprocess(crops(entry.size, 1))
    occluder = Occluder(merged(network))
    assert {step.kind for step in occluder.program[: len(occluder.program) // 2]} <= {"input", "crop", "local", "add"}
    middle = entry.size // 2
    for rows, columns in (([(0, 15), (40, 55)], [(0, 15)]), ([(middle, middle + 9)], [(entry.size - 6, entry.size)])):
        copies = x.repeat(len(rows), 1, 1, 1)
        for copy, row in zip(copies, rows, strict=True):
            copy[:, slice(*row), slice(*columns[0])] = 0
        with torch.no_grad():
            theirs = network(copies)
            ours = occluder.logits(occluder.maps(x), rows, columns, 0.0)
        close(ours, theirs, 1e-5)
