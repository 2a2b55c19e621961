"""A method that the evaluation leaves out is named, with the key that leaves it out."""

from gestalt_regions.study.study import load_study


def test_methods_outside_the_evaluation_are_named_with_the_key(root, config):
    said = load_study(config, root).not_evaluated()
    assert "Gradient" in said and "SmoothGrad" not in said and said.endswith("(config evaluation.methods is figure6)")
    config["evaluation"]["methods"] = "all"
    assert load_study(config, root).not_evaluated() == ""
