# Controls that know neither image nor network, only the truth of other families (docs/concepts/evaluation.md). One job for
# all groups: it opens no map, and its start costs more than its work.


rule score_priors:
    input:
        unpack(region_stacks),
        indices_trained=each_fold("saliency/Random.csv"),  # which maps are scored: of every method the same
        predictions=each_fold("predictions.csv"),
        changes=lambda wildcards: truth_stack("changes", wildcards),
        truth="results/{cohort}/truth/index.csv",
        displacement="results/{cohort}/truth/displacement.csv",
        drops=rules.drop_tables.output.drops if "use" in GROUPS else [],
        regions=lambda wildcards: face_stack("regions", wildcards),
        faces="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
        scored="results/{cohort}/scored.csv",
        sets=REGION_FILE,
    output:
        tables=PRIOR_TABLES,
        pairs=PRIOR_PAIRS,
    log:
        "results/logs/{cohort}/{model}/evaluation-priors.log",
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        folds=FOLDS,
        policies=POLICIES,
        changed=config["evaluation"]["changed"],
    message:
        "Priors of {wildcards.model}: the truth of other families"
    script:
        "../../scripts/score_priors.py"
