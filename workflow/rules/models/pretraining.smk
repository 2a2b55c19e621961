# resnet18_morph: a licence-clean backbone pretrained on simulated faces. No study runs this: its weights are committed
# (resources/). `snakemake morph_backbone` makes them and the curve again; then copy them over by hand.
from gestalt_regions.pretraining.face_ranges import needed

MORPH = config["morph"]
MORPH_RUN = "results/morph/faces-{faces}"


rule morph_render:
    input:
        head=HEAD_MODEL,
    output:
        faces=directory("results/morph/shard-{shard}"),
    log:
        "results/logs/morph/render-{shard}.log",
    conda:
        "../../../envs/cohort.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=60,
    params:
        morph={key: value for key, value in MORPH.items() if key not in ("training", "counts")},
        photos=config["cohort"].get("photos"),
        seed=SEED,
    message:
        "Render shard {wildcards.shard} of the faces for pretraining"
    script:
        "../../scripts/morph_render.py"


rule morph_train:
    input:
        shards=lambda wildcards: [f"results/morph/shard-{k}" for k in needed(MORPH, int(wildcards.faces))],
    output:
        weights=f"{MORPH_RUN}/weights.safetensors",
        history=f"{MORPH_RUN}/history.csv",
        scores=f"{MORPH_RUN}/scores.csv",
    log:
        "results/logs/morph/train-{faces}.log",
    wildcard_constraints:
        faces=r"[1-9][0-9]*",
    resources:
        mem_mb=3000,
        runtime=240,
    params:
        heldout=MORPH["heldout"],
        training=MORPH["training"],
        seed=SEED,
    message:
        "Learn the morphology of {wildcards.faces} simulated faces"
    script:
        "../../scripts/morph_train.py"


rule morph_curve:
    input:
        crops="results/{cohort}/faces/crops_112.npy",
        index="results/{cohort}/faces/index.csv",
        folds="results/{cohort}/folds.csv",
        arcface="results/assets/arcface_mbf.onnx",
        weights=expand(rules.morph_train.output.weights, faces=MORPH["counts"]),
        scores=expand(rules.morph_train.output.scores, faces=MORPH["counts"]),
    output:
        curve="results/{cohort}/morph/curve.csv",
    log:
        "results/logs/{cohort}/morph-curve.log",
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        C=config["leaks"]["C"],
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Linear probes on the backbones' features, beside ArcFace's"
    script:
        "../../scripts/morph_curve.py"


rule draw_morph_curve:
    input:
        curve=rules.morph_curve.output.curve,
    output:
        figure="results/{cohort}/morph/curve.svg",
    log:
        "results/logs/{cohort}/morph-draw.log",
    conda:
        "../../../envs/statistics.yaml"
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Draw accuracy against the number of faces"
    script:
        "../../scripts/draw_morph_curve.py"


rule morph_backbone:
    input:
        expand(rules.draw_morph_curve.output, cohort=COHORT),
