"""The table of methods and architectures in docs/ is what running them gives."""

import pytest
from gestalt_regions.models.backbones import BACKBONES
from gestalt_regions.saliency.method_registry import Method, lacking, load_methods
from gestalt_regions.tools.bench import method_network_pairs

CHEAP = ["arcface_onnx", "deepgestalt"]  # no asset, small networks


@pytest.fixture(scope="module")
def committed(root):
    return method_network_pairs.read(root / "docs/reference/method_network_pairs.md")


def test_it_has_registered_methods_and_architectures(committed):
    """Your own are in it once `python -m gestalt_regions.tools.bench.method_network_pairs` has made it anew."""
    assert set(committed) <= set(BACKBONES) and len(committed) >= 9
    for methods in committed.values():
        assert set(methods) <= set(load_methods()) and len(methods) >= 25


@pytest.mark.parametrize("name", CHEAP)
def test_running_the_methods_again_gives_the_same(committed, tmp_path, name):
    made = method_network_pairs.outcomes([name], tmp_path)[name]
    assert {method: made[method] for method in committed[name]} == committed[name]


def test_pairs_refused_for_their_traits_are_so_in_the_table(committed):
    for name, outcomes in committed.items():
        for method, outcome in outcomes.items():
            reason = lacking(load_methods()[method], BACKBONES[name].traits)
            assert outcome == reason or not reason


def test_what_is_undefined_gets_its_reason_and_can_be_read_back(tmp_path):
    network, preprocess = method_network_pairs._network(BACKBONES["deepgestalt"], tmp_path)

    def zero(explainer, x, target, seeds):
        return x * 0

    def refuses(explainer, x, target, seeds):
        raise method_network_pairs.InputError("needs a nose")

    found = {}
    for run in (zero, refuses):
        made = Method(run.__name__, "control", "none", False, (), "none", run, {})
        found[run.__name__] = method_network_pairs.attempt(made, BACKBONES["deepgestalt"], network, preprocess)
    assert found == {"zero": "the maps are empty or not finite", "refuses": "needs a nose (refused when it runs)"}
    alone = [name for name, entry in load_methods().items() if "landmarks" not in entry.takes]
    outcomes = {"deepgestalt": {**dict.fromkeys(alone, "yes"), "Gradient": "needs a nose"}}
    (tmp_path / "t.md").write_text(method_network_pairs.table(outcomes))
    assert method_network_pairs.read(tmp_path / "t.md") == outcomes
