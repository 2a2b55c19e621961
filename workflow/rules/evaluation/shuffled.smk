# What region values are on networks that were trained on shuffled labels (docs/concepts/measures_without_truth.md).
# Targets are those of the faces' labels: those of the trained network, in faces that it recognises.


use rule saliency_with_pictures as values_of_shuffled with:
    input:
        unpack(model_inputs),
        unpack(faces_of_method),
        checkpoint=rules.train_shuffled.output.checkpoint,
        explained="results/{cohort}/scored.csv",
    output:
        maps=of_maps(f"{FOLD}/shuffled/{{method}}.{STACK}"),
        index="results/{cohort}/{model}/fold-{fold}/shuffled/{method}.csv",
        values="results/{cohort}/{model}/fold-{fold}/shuffled/{method}_values.csv",
        pictures="results/{cohort}/{model}/fold-{fold}/shuffled/{method}_pictures.npy",
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/shuffled-{method}.log",
    wildcard_constraints:
        method="|".join(map(re.escape, VALUED)) or "none",
    params:
        settings=lambda wildcards: STUDY.method_settings(wildcards.method) | {"target": "true"},
    message:
        "{wildcards.method} for {wildcards.model} on shuffled labels, fold {wildcards.fold}"


use rule drops as drops_of_shuffled with:
    input:
        unpack(model_asset),
        checkpoint=rules.train_shuffled.output.checkpoint,
        predictions="results/{cohort}/{model}/fold-{fold}/predictions.csv",
        scored="results/{cohort}/scored.csv",
        twins=lambda wildcards: truth_stack("twins", wildcards),
        truth="results/{cohort}/truth/index.csv",
        regions=lambda wildcards: face_stack("regions", wildcards),
        faces="results/{cohort}/faces/index.csv",
        sets=REGION_FILE,
    output:
        drops="results/{cohort}/{model}/fold-{fold}/shuffled/drops.csv",
    log:
        "results/logs/{cohort}/{model}/fold-{fold}/shuffled-drops.log",
    message:
        "What {wildcards.model} on shuffled labels, fold {wildcards.fold}, loses without a region"


rule compare_shuffled_values:
    input:
        values=[each_fold(f"saliency/{method}_values.csv") for method in VALUED],
        values_shuffled=[each_fold(f"shuffled/{method}_values.csv") for method in VALUED],
        drops=each_fold("drops.csv"),
        drops_shuffled=each_fold("shuffled/drops.csv"),
        samples="results/{cohort}/samples.csv",
    output:
        csv=report(
            f"{EVALUATION}/shuffled_values.csv",
            caption="../../report/shuffled_values.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "region values on shuffled labels", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/{model}/evaluation-shuffled_values.log",
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        folds=FOLDS,
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Region values of {wildcards.model} on shuffled labels beside those on true ones"
    script:
        "../../scripts/shuffled_values.py"
