# Explanations against what the network uses: what its answer loses without a region.


# Method-independent: what the network's answer loses without a region, by rendering and in the usual ways.
rule drops:
    input:
        unpack(model_asset),
        checkpoint="results/{cohort}/{model}/fold-{fold}/checkpoint.safetensors",
        predictions="results/{cohort}/{model}/fold-{fold}/predictions.csv",
        scored="results/{cohort}/scored.csv",
        twins=lambda wildcards: truth_stack("twins", wildcards),
        truth="results/{cohort}/truth/index.csv",
        regions=lambda wildcards: face_stack("regions", wildcards),
        faces="results/{cohort}/faces/index.csv",
        sets=REGION_FILE,
    output:
        drops="results/{cohort}/{model}/fold-{fold}/drops.csv",
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/drops.log",
    conda:
        "../../../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=120,
    params:
        batch=config["run"]["batch_size"],
        device=config["run"]["device"],
        precision=PRECISION,
    message:
        "What {wildcards.model}, fold {wildcards.fold}, loses without a region"
    script:
        "../../scripts/drops.py"


rule drop_tables:
    input:
        drops=each_fold("drops.csv"),
        samples="results/{cohort}/samples.csv",
    output:
        drops=f"{EVALUATION}/drops.csv",
        interactions=report(
            f"{EVALUATION}/interactions.csv",
            caption="../../report/interactions.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "regions together and apart", "format": "CSV"},
        ),
        manifold=report(
            f"{EVALUATION}/manifold.csv",
            caption="../../report/manifold.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "fills against rendering", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/{model}/evaluation-drops.log",
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "What {wildcards.model} loses without a region: interactions, and fills against rendering"
    script:
        "../../scripts/drop_tables.py"


rule score_use:
    input:
        unpack(maps_of_method),
        drops=rules.drop_tables.output.drops,
        regions=lambda wildcards: face_stack("regions", wildcards),
        faces="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
        scored="results/{cohort}/scored.csv",
        sets=REGION_FILE,
    output:
        table=f"{EVALUATION}/{{group}}/{{method}}.csv",
        pairs=f"{EVALUATION}/{{group}}/pairs/{{method}}.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-{group}-{method}.log",
    wildcard_constraints:
        group="use",
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        folds=FOLDS,
        policies=POLICIES,
    message:
        "{wildcards.method} for {wildcards.model} against what the network uses"
    script:
        "../../scripts/score_use.py"


# Values of regions in logits: an order, and a distance. The first policy is that of values in logits.
rule compare_region_values:
    input:
        pairs=expand(f"{EVALUATION}/use/pairs/{{method}}.csv", method=ALL_SCORED, allow_missing=True),
        values=[each_fold(f"saliency/{method}_values.csv") for method in VALUED if method in EVALUATED],
        drops=rules.drop_tables.output.drops,
        samples="results/{cohort}/samples.csv",
    output:
        csv=report(
            f"{EVALUATION}/region_values.csv",
            caption="../../report/region_values.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "region values in logits", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/{model}/evaluation-region_values.log",
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        folds=FOLDS,
        policies=sorted(POLICIES, key=lambda name: POLICIES[name] != {"sign": "signed", "scale": "raw"}),
        in_logits=[method for method in EVALUATED if STUDY.registered(method).logits],
        controls=ALL_CONTROLS,
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Region values of all explanations of {wildcards.model} beside what it loses"
    script:
        "../../scripts/region_values.py"
