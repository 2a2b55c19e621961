# A simulated cohort whose truth is known: heads, subjects, photos with label maps, and simulated raters.
from gestalt_regions.assets import choose_look
from gestalt_regions.cohort.knobs import heldout_classes

LOOK, LOOK_WHY = choose_look(config["cohort"]["look"], config["assets"]["local"], "results/assets")
config["cohort"]["look"] = LOOK
if LOOK_WHY and workflow.is_main_process:
    print(f"gestalt-regions: CC0-only look, because {LOOK_WHY} (config cohort.look: auto)", file=sys.stderr)
HEAD_MODEL = f"results/assets/head_model/{LOOK}.npz"
LABELLED = "results/{cohort}/cohort/plan.csv"  # who has which label is known before anything is rendered
RATED_CLASSES = heldout_classes(config["cohort"])
RATED = [f"results/{{cohort}}/cohort/annotated-hpo-terms/{label}.csv" for label in RATED_CLASSES]


include: "annotate.smk"


rule head_model:
    input:
        unpack(head_sources),
    output:
        head="results/assets/head_model/{look}.npz",
    log:
        "results/logs/assets/head_model-{look}.log",
    benchmark:
        "results/benchmarks/assets/head_model-{look}.tsv"
    wildcard_constraints:
        look="makehuman|cc0",
    conda:
        "../../envs/cohort.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=5,
    message:
        "Build the morphable head of the {wildcards.look} look"
    script:
        "../scripts/head_model.py"


rule cohort_plan:
    input:
        head=HEAD_MODEL,
        hpo_terms=HPO_TERMS,
        recipes=RECIPES,
        ontology=ONTOLOGY,
        frequencies=FREQUENCIES,
    output:
        plan="results/{cohort}/cohort/plan.csv",
        rejected="results/{cohort}/cohort/rejected.csv",
        not_shown="results/{cohort}/cohort/not_shown.csv",
    log:
        "results/logs/{cohort}/cohort-plan.log",
    benchmark:
        "results/benchmarks/{cohort}/cohort-plan.tsv"
    conda:
        "../../envs/cohort.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        cohort=cohort_without("raters", "shards", "counterfactuals"),
        seed=config["run"]["seed"],
    message:
        "Plan the simulated subjects and photos of {wildcards.cohort}"
    script:
        "../scripts/cohort_plan.py"


rule render_shard:
    input:
        head=HEAD_MODEL,
        plan="results/{cohort}/cohort/plan.csv",
        hpo_terms=HPO_TERMS,
        recipes=RECIPES,
    output:
        photos=directory("results/{cohort}/cohort/shard-{shard}"),
    log:
        "results/logs/{cohort}/cohort-render-{shard}.log",
    benchmark:
        "results/benchmarks/{cohort}/cohort-render-{shard}.tsv"
    conda:
        "../../envs/cohort.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=60,
    params:
        cohort=cohort_without("raters", "counterfactuals"),
        seed=config["run"]["seed"],
    message:
        "Render shard {wildcards.shard} of the simulated photos and their label maps"
    script:
        "../scripts/render_shard.py"


rule samples:
    input:
        plan="results/{cohort}/cohort/plan.csv",
        shards=expand("results/{{cohort}}/cohort/shard-{shard}", shard=range(1, config["cohort"]["shards"] + 1)),
    output:
        samples="results/{cohort}/samples.csv",
    log:
        "results/logs/{cohort}/cohort-samples.log",
    benchmark:
        "results/benchmarks/{cohort}/cohort-samples.tsv"
    conda:
        "../../envs/cohort.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "List the simulated photos of {wildcards.cohort}"
    script:
        "../scripts/samples.py"


rule rate:
    input:
        head=HEAD_MODEL,
        plan="results/{cohort}/cohort/plan.csv",
        hpo_terms=HPO_TERMS,
        recipes=RECIPES,
    output:
        files=RATED,
        marks="results/{cohort}/cohort/marks.csv",
    log:
        "results/logs/{cohort}/cohort-rate.log",
    benchmark:
        "results/benchmarks/{cohort}/cohort-rate.tsv"
    conda:
        "../../envs/cohort.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        cohort={key: config["cohort"][key] for key in ("classes", "rare", "raters")},
        labels=RATED_CLASSES,
        seed=config["run"]["seed"],
    message:
        "Let three simulated raters mark the HPO terms of the held-out photos"
    script:
        "../scripts/rate.py"


include: "truth.smk"
include: "morph.smk"
