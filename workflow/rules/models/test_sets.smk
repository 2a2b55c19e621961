# What the fold networks of a model, none of which was trained on them, say of the faces of further test sets.


rule answer_test_sets:
    input:
        unpack(model_asset),
        checkpoints=each_fold("checkpoint.safetensors"),
        faces=each_test_set("faces.npz"),
        indexes=each_test_set("index.csv"),
    output:
        answers=TEST_SET_ANSWERS,
    log:
        "results/logs/{cohort}/{model}/test_sets.log",
    resources:
        gpu=1,
        mem_mb=6000,
        runtime=60,
    params:
        test_sets=list(TEST_SETS),
        folds=FOLDS,
        size=lambda wildcards: STUDY.backbone(wildcards.model).size,
        batch=config["run"]["batch_size"],
        device=config["run"]["device"],
    message:
        "Test sets: answers of {wildcards.model}"
    script:
        "../../scripts/answer_test_sets.py"
