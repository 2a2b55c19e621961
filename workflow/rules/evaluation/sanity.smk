# Do maps change with the network's weights and labels, and do the folds' networks agree (docs/concepts/measures_without_truth.md)?

SANITY = config["evaluation"]["sanity"]
SANITY_FOLDS = FOLDS[: SANITY["folds"]]


rule score_sanity:
    input:
        unpack(model_inputs),
        unpack(faces_of_method),
        unpack(region_stacks),
        maps_trained=each_fold(f"saliency/{{method}}.{STACK}", SANITY_FOLDS),
        indices_trained=each_fold("saliency/{method}.csv", SANITY_FOLDS),
        checkpoints=each_fold("checkpoint.safetensors", SANITY_FOLDS),
        shuffled=each_fold("shuffled/checkpoint.safetensors", SANITY_FOLDS),
        faces="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
        scored="results/{cohort}/scored.csv",
        sets=REGION_FILE,
    output:
        table=f"{EVALUATION}/{{group}}/{{method}}.csv",
        curves=f"{EVALUATION}/{{group}}/curves/{{method}}.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-{group}-{method}.log",
    wildcard_constraints:
        group="sanity",
    conda:
        "../../../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=240,
    params:
        folds=SANITY_FOLDS,
        method=lambda wildcards: STUDY.method_settings(wildcards.method),
        policies=POLICIES,
        images=SANITY["images"],
        batch=config["run"]["batch_size"],
        seed=SEED,
        device=config["run"]["device"],
        precision=PRECISION,
        control=config["statistics"]["control"],
    message:
        "Sanity of {wildcards.method} for {wildcards.model}"
    script:
        "../../scripts/score_sanity.py"


rule draw_cascade:
    input:
        curves=expand(f"{EVALUATION}/sanity/curves/{{method}}.csv", method=EVALUATED, allow_missing=True),
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{EVALUATION}/sanity_curves.svg",
            caption="../../report/sanity_curves.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "cascade", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-sanity_curves.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        methods=EVALUATED,
        controls=CONTROLS,
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Cascades of {wildcards.model}"
    script:
        "../../scripts/draw_cascade.py"


rule score_agreement:
    input:
        unpack(region_stacks),
        maps_trained=each_fold(f"saliency/{{method}}.{STACK}"),
        indices_trained=each_fold("saliency/{method}.csv"),
        faces="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
        scored="results/{cohort}/scored.csv",
        sets=REGION_FILE,
    output:
        table=f"{EVALUATION}/{{group}}/{{method}}.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-{group}-{method}.log",
    wildcard_constraints:
        group="agreement",
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        folds=FOLDS,
        policies=POLICIES,
    message:
        "Agreement of the folds about {wildcards.method} for {wildcards.model}"
    script:
        "../../scripts/score_agreement.py"
