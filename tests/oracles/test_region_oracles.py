"""Methods over regions and over reference faces: captum called plainly, exact values of few features, completeness."""

import dataclasses
import itertools
import math

import captum.attr
import numpy as np
import pytest
import torch
from captum._utils.models.linear_model import SkLearnRidge
from gestalt_regions.core.errors import InputError
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.regions.coefficients import image_coefficients
from gestalt_regions.saliency.engine import channel_sums
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import load_methods
from gestalt_regions.saliency.methods.reference_faces import reference_rows
from gestalt_regions.saliency.seeded_draws import seeded_draws
from gestalt_regions.tools.bench.noise_faces import NAMES, noise_faces
from torch import nn

SIZE, IMAGES = 20, 3
OVER_REGIONS = ["FeatureAblation", "KernelShap", "Lime", "ShapleyValueSampling"]
OVER_FACES = ["DeepLiftShap", "GradientShap"]
PREPROCESS = Preprocess(SIZE, "rgb", (127.5,) * 3, (64.0,) * 3)
TARGET = torch.tensor([0, 2, 1])


def build(act):
    torch.manual_seed(0)
    stages = {
        "stem": nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), act()),
        "body": nn.Sequential(nn.Conv2d(8, 12, 3, stride=2, padding=1), act()),
        "top": nn.Sequential(nn.Flatten(), nn.Linear(300, 32), act()),
    }
    return StagedNetwork(stages, ["stem", "body"], 32, 3).double().eval().requires_grad_(False)


@pytest.fixture(scope="module")
def network():
    return build(nn.ReLU)


@pytest.fixture
def given():
    return noise_faces(SIZE, IMAGES)


def explainer(network, batch=8):
    return Explainer(network, batch, PREPROCESS)


def images(given):
    return PREPROCESS(given.faces.crops[given.rows]).double()


def run(network, name, given, batch=8, seeds=(4, 5, 6), **parameters):
    entry = load_methods()[name]
    return entry(explainer(network, batch), images(given), TARGET, seeds, given, parameters)


def close(ours, oracle, tolerance=1e-9):
    assert oracle.abs().max() > 0
    assert (ours - oracle).abs().max() <= tolerance * oracle.abs().max()


def shown_logits(network, given, i, regions, baseline):
    """The target's logit for every subset of the features of image i: a dict from tuples of feature ids."""
    features = torch.from_numpy(given.faces.regions[regions][i].astype(int))
    ids, image = features.unique().tolist(), images(given)[i]
    logits = {}
    for count in range(len(ids) + 1):
        for shown in itertools.combinations(ids, count):
            seen = torch.isin(features, torch.tensor(shown, dtype=torch.long))
            changed = torch.where(seen, image, torch.full_like(image, baseline))
            logits[shown] = network(changed[None])[0, TARGET[i]].item()
    return ids, logits


def exact_shapley(ids, logits):
    """The definition: the mean over all orders."""
    values = dict.fromkeys(ids, 0.0)
    for order in itertools.permutations(ids):
        for place, feature in enumerate(order):
            before, after = tuple(sorted(order[:place])), tuple(sorted(order[: place + 1]))
            values[feature] += (logits[after] - logits[before]) / math.factorial(len(ids))
    return values


def as_map(given, i, regions, values):
    features = given.faces.regions[regions][i]
    return torch.from_numpy(np.vectorize(values.__getitem__)(features))


def test_feature_ablation_is_the_drop_when_a_region_is_hidden(network, given):
    ours = run(network, "FeatureAblation", given, baseline=0.3)
    for i in range(IMAGES):
        ids, logits = shown_logits(network, given, i, "paper", 0.3)
        drops = {each: logits[tuple(ids)] - logits[tuple(k for k in ids if k != each)] for each in ids}
        close(ours[i, 0], as_map(given, i, "paper", drops), 1e-5)  # captum keeps sums in single precision


def test_kernel_shap_is_the_shapley_value_where_every_subset_is_drawn(network, given):
    """Of four features, by 2,000 samples: the residual of a draw is below the spread of all logits."""
    ours = run(network, "KernelShap", given, batch=500, samples=2000)
    for i in range(IMAGES):
        ids, logits = shown_logits(network, given, i, "paper", 0.0)
        spread = max(logits.values()) - min(logits.values())
        exact = as_map(given, i, "paper", exact_shapley(ids, logits))
        assert (ours[i, 0] - exact).abs().max() < 2 * spread / 2000**0.5


def test_sampled_shapley_values_tend_to_the_exact_ones(network, given):
    """An order's rises of one region lie within the spread of all logits; the mean of n has an sd of it / sqrt(n)."""
    ours = run(network, "ShapleyValueSampling", given, orders=100)
    for i in range(IMAGES):
        ids, logits = shown_logits(network, given, i, "paper", 0.0)
        spread = max(logits.values()) - min(logits.values())
        exact = as_map(given, i, "paper", exact_shapley(ids, logits))
        assert (ours[i, 0] - exact).abs().max() < 2 * spread / 100**0.5


@pytest.mark.parametrize("name", ["ShapleyValueSampling", "KernelShap"])
@pytest.mark.parametrize("regions", sorted(NAMES))
def test_shapley_values_sum_to_the_change_of_the_logit(network, given, name, regions):
    few = {"orders": 2} if name == "ShapleyValueSampling" else {"samples": 60}
    ours = run(network, name, given, regions=regions, baseline=0.2, **few)
    for i in range(IMAGES):
        stack = given.faces.regions[regions][i]
        total = sum(ours[i, 0][torch.from_numpy(stack == each)][0] for each in np.unique(stack))
        image = images(given)[i : i + 1]
        due = (network(image) - network(torch.full_like(image, 0.2)))[0, TARGET[i]]
        assert total.item() == pytest.approx(due.item(), abs=2e-3 * due.abs().item())  # a weight of a million, not more


def of_shown(_, __, shown, **___):
    """Weight of a sample in the code of Ribeiro et al.: 1 - cosine(shown, all) through a kernel of width 0.25."""
    distance = 1 - shown.sum().item() ** 0.5 / shown.shape[1] ** 0.5
    return math.exp(-(distance**2) / (2 * 0.25**2))


@pytest.mark.parametrize("name", OVER_REGIONS)
def test_a_combination_passes_the_network_once(network, given, name):
    """Four features have 16; captum asks for up to 200."""
    asking, passed = explainer(network), []
    asking.merged.head.register_forward_hook(lambda *call: passed.append(len(call[2])))
    load_methods()[name](asking, images(given)[:1], TARGET[:1], [4], dataclasses.replace(given, rows=[0]), {})
    assert 0 < sum(passed) <= 16


@pytest.mark.parametrize("name", OVER_REGIONS)
def test_it_is_captums_call_with_the_seed_of_the_image(network, given, name):
    few = {} if name == "FeatureAblation" else {"orders": 3} if "Shapley" in name else {"samples": 20}
    ours = run(network, name, given, regions="fine", **few)
    plain = {"n_samples": next(iter(few.values()))} if few else {}
    mask = torch.from_numpy(given.faces.regions["fine"][1].astype(int))[None, None]
    model = {"interpretable_model": SkLearnRidge(alpha=1.0), "similarity_func": of_shown} if name == "Lime" else {}
    torch.manual_seed(5)
    with torch.no_grad():
        theirs = getattr(captum.attr, name)(network, **model).attribute(
            images(given)[1:2], target=int(TARGET[1]), baselines=0.0, feature_mask=mask, **plain
        )
    close(ours[1], theirs[0, :1].to(ours), 1e-5)


@pytest.mark.parametrize("name", OVER_REGIONS)
def test_the_coefficient_of_a_region_is_its_value(network, given, name):
    ours = run(network, name, given)
    assert ours.shape == (IMAGES, 1, SIZE, SIZE)
    assert load_methods()[name].logits  # so the evaluation asks how far it is from the true drop, too
    stored, stack = channel_sums(ours, SIZE), given.faces.regions["paper"]
    for i in range(IMAGES):
        policies = {"signed_raw": {"sign": "signed", "scale": "raw"}}
        means, _ = image_coefficients(stored[i], stack[i], 3, policies)
        for region in (1, 2, 3):
            values = ours[i, 0][torch.from_numpy(stack[i] == region)]
            assert (values == values[0]).all()
            assert means[0, region - 1] == pytest.approx(values[0].item(), rel=1e-6)


@pytest.mark.parametrize("name", OVER_REGIONS + OVER_FACES)
def test_results_depend_on_the_seed_of_the_image_alone(network, given, name):
    few = {"GradientShap": {"samples": 10, "references": 4}}.get(name, {})
    state, numbers = torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    whole = run(network, name, given, **few)
    assert torch.equal(torch.get_rng_state(), state)
    assert np.random.get_state()[1].tolist() == numbers  # noqa: NPY002
    close(run(network, name, given, batch=3, **few), whole, 1e-5)
    entry, x = load_methods()[name], images(given)
    last = dataclasses.replace(given, rows=[2])
    close(entry(explainer(network), x[2:], TARGET[2:], [6], last, few), whole[2:], 1e-5)
    other = entry(explainer(network), x[2:], TARGET[2:], [7], last, few)
    drawn = name not in ("FeatureAblation", "DeepLiftShap")  # there are four references of other families: all of them
    assert torch.allclose(other, whole[2:]) != drawn


@pytest.mark.parametrize("name", OVER_REGIONS)
def test_a_region_that_a_face_lacks_is_no_feature(network, given, name):
    given.faces.regions["paper"][0][given.faces.regions["paper"][0] == 2] = 0
    given.faces.regions["paper"][1][:] = 0
    ours = run(network, name, given)
    assert ours.isfinite().all()
    assert len(ours[0].unique()) == 3
    image = images(given)[1:2]
    due = (network(image) - network(torch.zeros_like(image)))[0, TARGET[1]]
    assert ours[1, 0] == pytest.approx(due.expand(SIZE, SIZE))  # one feature: nothing to share


def test_references_are_unaffected_faces_of_other_families_that_the_network_learnt_from(given):
    table = given.faces.table
    rows = reference_rows(given.faces, 1, 0, 50, 3)
    assert rows and set(table["label"][rows]) == {"b"}
    assert set(table["fold"][rows]) == {"2"}
    assert table["kin_group"][1] not in set(table["kin_group"][rows])
    related = table.index[
        (table["kin_group"] == table["kin_group"][1]) & (table["label"] == "b") & given.faces.training
    ]
    assert len(related) and len(rows) + len(related) == ((table["label"] == "b") & given.faces.training).sum()
    assert len(reference_rows(given.faces, 1, 0, 2, 3)) == 2
    assert reference_rows(given.faces, 1, 0, 2, 3) == reference_rows(given.faces, 1, 0, 2, 3)


def test_without_a_control_class_references_are_of_the_other_classes():
    given = noise_faces(SIZE, IMAGES, control="")
    rows = reference_rows(given.faces, 0, 2, 50, 3)
    assert set(given.faces.table["label"][rows]) == {"a", "b"}


def test_without_a_reference_the_method_says_what_is_missing(network):
    given = noise_faces(SIZE, IMAGES, control="nobody")
    with pytest.raises(InputError, match="fold 1: no training face of class 'nobody' and of another family"):
        run(network, "DeepLiftShap", given)


def others_of(given, i):
    rows = reference_rows(given.faces, given.rows[i], int(TARGET[i]), 20, (4, 5, 6)[i])
    return PREPROCESS(given.faces.crops[rows]).double()


def due_change(network, given, i):
    others = network(others_of(given, i))[:, TARGET[i]]
    return (network(images(given)[i : i + 1])[0, TARGET[i]] - others.mean()).item()


@pytest.mark.parametrize("act", [nn.ReLU, nn.PReLU, nn.SiLU])
def test_deep_lift_shap_sums_to_the_change_from_the_references(given, act):
    net = build(act)
    ours = run(net, "DeepLiftShap", given)
    for i in range(IMAGES):
        assert ours[i].sum().item() == pytest.approx(due_change(net, given, i), rel=1e-9)


@pytest.mark.filterwarnings("ignore:Setting forward, backward hooks", "ignore:Input Tensor 0 did not")
def test_deep_lift_shap_is_captums_on_a_network_of_relus(network, given):
    ours = run(network, "DeepLiftShap", given, batch=2)
    for i in range(IMAGES):
        theirs = captum.attr.DeepLiftShap(network).attribute(
            images(given)[i : i + 1], others_of(given, i), target=int(TARGET[i])
        )
        close(ours[i], theirs[0].detach(), 1e-6)


@pytest.mark.filterwarnings("ignore:Setting forward, backward hooks", "ignore:Input Tensor 0 did not")
def test_captums_deep_lift_shap_does_not_know_prelu(given):
    """Why this project's DeepLIFT is used: captum's map does not sum to the change."""
    net = build(nn.PReLU)
    theirs = captum.attr.DeepLiftShap(net).attribute(images(given)[:1], others_of(given, 0), target=int(TARGET[0]))
    assert abs(theirs.sum().item() - due_change(net, given, 0)) > 0.01 * abs(due_change(net, given, 0))


def test_gradient_shap_is_captums_with_the_seed_of_the_image(network, given):
    ours = run(network, "GradientShap", given, batch=3, samples=7, noise=0.1)
    for i in range(IMAGES):
        with seeded_draws((4, 5, 6)[i], torch.device("cpu")):
            theirs = captum.attr.GradientShap(network).attribute(
                images(given)[i : i + 1], others_of(given, i), 7, 0.1, target=int(TARGET[i])
            )
        close(ours[i], theirs[0].detach(), 1e-6)


def test_gradient_shap_tends_to_the_change_from_the_references(network, given):
    """Within five standard errors, from the same call with one sample each."""
    ours = run(network, "GradientShap", given, batch=64, samples=300)
    single = [run(network, "GradientShap", given, seeds=(k,) * 3, samples=1).sum((1, 2, 3)) for k in range(30)]
    noise = torch.stack(single).std(0) / 300**0.5
    for i in range(IMAGES):
        assert abs(ours[i].sum().item() - due_change(network, given, i)) < 5 * noise[i].item()


def test_draws_start_from_the_seed_and_the_global_ones_go_on():
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    due = torch.rand(2).tolist(), np.random.rand(2).tolist()  # noqa: NPY002
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    drawn = []
    for _ in range(2):
        with seeded_draws(2**63 - 1, torch.device("cpu")):
            drawn.append((torch.rand(3).tolist(), np.random.rand(3).tolist()))  # noqa: NPY002
    assert drawn[0] == drawn[1]
    assert (torch.rand(2).tolist(), np.random.rand(2).tolist()) == due  # noqa: NPY002
