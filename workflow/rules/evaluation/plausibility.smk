# Whether changed pictures are still faces: those that methods store, rendered ones and the usual fills.
from gestalt_regions.faces import detector_registry


rule judge_pictures:
    input:
        unpack(model_inputs),
        unpack(counterfactual_pictures),
        checkpoints=each_fold("checkpoint.safetensors"),
        pictures=[each_fold(f"saliency/{method}_pictures.npy") for method in PICTURED],
        values=[each_fold(f"saliency/{method}_values.csv") for method in PICTURED],
        scored="results/{cohort}/scored.csv",
        samples="results/{cohort}/samples.csv",
        faces="results/{cohort}/faces/index.csv",
        regions=lambda wildcards: face_stack("regions", wildcards),
        sets=REGION_FILE,
        detector=DETECTOR_WEIGHTS,
    output:
        pictures=f"{EVALUATION}/judged_pictures.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-judged_pictures.log",
    conda:
        "../../../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=120,
    params:
        folds=FOLDS,
        methods=PICTURED,
        detector={key: config["faces"][key] for key in ("detector", "min_score", "detection_size", "device")},
        batch=config["run"]["batch_size"],
        device=config["run"]["device"],
        precision=PRECISION,
        control=config["statistics"]["control"],
    message:
        "Whether pictures without a region are faces, for {wildcards.model}"
    script:
        "../../scripts/judge_pictures.py"


rule picture_plausibility:
    input:
        pictures=rules.judge_pictures.output.pictures,
        samples="results/{cohort}/samples.csv",
        sets=REGION_FILE,
    output:
        csv=report(
            f"{EVALUATION}/plausibility.csv",
            caption="../../report/plausibility.rst",
            category="Evaluation",
            subcategory="{model}",
            labels={"content": "plausibility of pictures", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/{model}/evaluation-plausibility.log",
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Plausibility of pictures without a region, for {wildcards.model}"
    script:
        "../../scripts/plausibility.py"
