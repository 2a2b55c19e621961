# Inputs of the named targets.
from gestalt_regions.core.errors import InputError

JOINED_MODELS = [model for model in MODELS if model in AGGREGATES]


def no_aggregate(wildcards):
    """The input of the target expert_weights where no model has experts."""
    raise InputError("expert_weights: no model of the study has experts (config models.*.experts)")


def one_training_run(wildcards):
    """The input of the target training_runs where there is nothing to join."""
    raise InputError(
        "training_runs: config folds.repeats is 1; set it to 2 or more (config/studies/training_runs.yaml)"
    )
