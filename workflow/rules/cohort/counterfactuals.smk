# The truth about simulated photos: counterfactuals without the signs of the syndrome or of one region, and what changed.

TRUTH = "results/{cohort}/truth"
TRUTH_SIZES = sorted({STUDY.backbone(model).size for model in MODELS})
TRUTH_SHARDS = range(1, config["cohort"]["shards"] + 1)
TRUTH_STACKS = ["twins", "changes", "labels"]
TRUTH_TABLES = ["index", "change", "displacement"]
WHICH = config["cohort"]["counterfactuals"]["which"]


rule truth_shard:
    input:
        head=HEAD_MODEL,
        plan="results/{cohort}/cohort/plan.csv",
        hpo_terms=HPO_TERMS,
        recipes=COHORT_RECIPES,
        faces="results/{cohort}/faces/index.csv",
        scored="results/{cohort}/scored.csv" if WHICH == "explained" else [],
        crops=expand("results/{cohort}/faces/crops_{size}.npy", size=TRUTH_SIZES, allow_missing=True),
        regions=expand("results/{cohort}/faces/regions_{size}.npy", size=TRUTH_SIZES, allow_missing=True),
    output:
        twins=temp(expand(f"{TRUTH}/shards/{{shard}}/twins_{{size}}.npy", size=TRUTH_SIZES, allow_missing=True)),
        changes=temp(expand(f"{TRUTH}/shards/{{shard}}/changes_{{size}}.npy", size=TRUTH_SIZES, allow_missing=True)),
        labels=temp(expand(f"{TRUTH}/shards/{{shard}}/labels_{{size}}.npy", size=TRUTH_SIZES, allow_missing=True)),
        landmarks=temp(f"{TRUTH}/shards/{{shard}}/landmarks.npy"),
        index=temp(f"{TRUTH}/shards/{{shard}}/index.csv"),
        change=temp(f"{TRUTH}/shards/{{shard}}/change.csv"),
        displacement=temp(f"{TRUTH}/shards/{{shard}}/displacement.csv"),
    log:
        "results/logs/{cohort}/truth-{shard}.log",
    threads: 1
    resources:
        mem_mb=1500,
        runtime=120,
    params:
        cohort=cohort_without("raters", "counterfactuals"),
        seed=SEED,
        sizes=TRUTH_SIZES,
        which=WHICH,
    message:
        "Counterfactuals of {wildcards.cohort}: rendering shard {wildcards.shard}"
    script:
        "../../scripts/truth_shard.py"


rule truth_gather:
    input:
        **{
            kind: expand(
                f"{TRUTH}/shards/{{shard}}/{kind}_{{size}}.npy",
                size=TRUTH_SIZES,
                shard=TRUTH_SHARDS,
                allow_missing=True,
            )
            for kind in TRUTH_STACKS
        },
        **{
            table: expand(f"{TRUTH}/shards/{{shard}}/{table}.csv", shard=TRUTH_SHARDS, allow_missing=True)
            for table in TRUTH_TABLES
        },
        landmarks=expand(f"{TRUTH}/shards/{{shard}}/landmarks.npy", shard=TRUTH_SHARDS, allow_missing=True),
    output:
        **{kind: expand(f"{TRUTH}/{kind}_{{size}}.npy", size=TRUTH_SIZES, allow_missing=True) for kind in TRUTH_STACKS},
        **{table: f"{TRUTH}/{table}.csv" for table in TRUTH_TABLES},
        landmarks=f"{TRUTH}/landmarks.npy",
    log:
        "results/logs/{cohort}/truth.log",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    message:
        "Counterfactuals of {wildcards.cohort}: putting the shards together"
    script:
        "../../scripts/truth_gather.py"


rule draw_twin_sheet:
    input:
        twins=f"{TRUTH}/twins_{TRUTH_SIZES[-1]}.npy",
        changes=f"{TRUTH}/changes_{TRUTH_SIZES[-1]}.npy",
        index=f"{TRUTH}/index.csv",
        samples="results/{cohort}/samples.csv",
        hpo_terms=HPO_TERMS,
    output:
        figure=report(
            "results/{cohort}/figures/twin_sheet.png",
            caption="../../report/twin_sheet.rst",
            category="Figures",
            labels={"model": "", "figure": "Twin sheet"},
        ),
    log:
        "results/logs/{cohort}/figures-twin_sheet.log",
    conda:
        "../../../envs/statistics.yaml"
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        samples=config["figures"]["twins"]["samples"],
        faces=config["figures"]["twins"]["count"],
        colormap=config["figures"]["colormap"],
    message:
        "Twin sheet of {wildcards.cohort}"
    script:
        "../../scripts/draw_twin_sheet.py"
