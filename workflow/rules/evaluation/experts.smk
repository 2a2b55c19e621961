# Which expert of an aggregate carried the answer, and whether region coefficients say the same. On demand.


rule weigh_experts:
    input:
        unpack(model_inputs),
        checkpoints=each_fold("checkpoint.safetensors"),
        explained="results/{cohort}/explained.csv",
    output:
        weights=f"{TABLES}/expert_weights.csv",
    log:
        "results/logs/{cohort}/{model}/evaluation-expert_weights.log",
    wildcard_constraints:
        model="|".join(map(re.escape, AGGREGATES)) or "none",
    conda:
        "../../../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=60,
    params:
        folds=FOLDS,
        parts=lambda wildcards: STUDY.parts(wildcards.model),
        batch=config["run"]["batch_size"],
        device=config["run"]["device"],
    message:
        "Which expert of {wildcards.model} carried its answers"
    script:
        "../../scripts/weigh_experts.py"


rule compare_experts:
    input:
        weights=rules.weigh_experts.output.weights,
        coefficients=COEFFICIENTS,
        samples="results/{cohort}/samples.csv",
    output:
        classes=report(
            f"{TABLES}/expert_classes.csv",
            caption="../../report/expert_classes.rst",
            category="DeepGestalt",
            subcategory="{model}",
            labels={"content": "weight of each expert", "format": "CSV"},
        ),
        agreement=report(
            f"{TABLES}/expert_agreement.csv",
            caption="../../report/expert_agreement.rst",
            category="DeepGestalt",
            subcategory="{model}",
            labels={"content": "experts beside region coefficients", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/{model}/evaluation-expert_agreement.log",
    wildcard_constraints:
        model="|".join(map(re.escape, AGGREGATES)) or "none",
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        policy=SHOWN["policy"],
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Experts of {wildcards.model} beside region coefficients"
    script:
        "../../scripts/expert_agreement.py"
