# Which images are explained, which of their maps are scored, and which are run through the networks again.
from gestalt_regions.study.sizes import fewest, scored_per_class

MAPS = scored_per_class(config)


rule explained:
    input:
        index="results/{cohort}/faces/index.csv",
        folds="results/{cohort}/folds.csv",
    output:
        "results/{cohort}/explained.csv",
    log:
        "results/logs/{cohort}/saliency-explained.log",
    conda:
        "../../../envs/statistics.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        folds_per_class=config["saliency"]["folds_per_class"],
        heldout_per_class=config["saliency"]["heldout_per_class"],
        seed=SEED,
    message:
        "Choosing the images to explain"
    script:
        "../../scripts/explained.py"


# The images whose maps are scored: the first of those that are explained.
use rule explained as scored with:
    output:
        "results/{cohort}/scored.csv",
    log:
        "results/logs/{cohort}/evaluation-maps.log",
    params:
        **MAPS,
    message:
        "Choosing the images whose maps are scored"


# The images for measures that need new passes through a network: the first of those whose maps are scored.
use rule explained as evaluated with:
    output:
        "results/{cohort}/evaluated.csv",
    log:
        "results/logs/{cohort}/evaluation-images.log",
    params:
        folds_per_class=fewest(config["evaluation"]["folds_per_class"], MAPS["folds_per_class"]),
        heldout_per_class=fewest(config["evaluation"]["heldout_per_class"], MAPS["heldout_per_class"]),
    message:
        "Choosing the images for new passes through the networks"
