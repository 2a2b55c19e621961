# Equation 4 over every region set of coefficients.sets (resources/regions.yaml), all from the same stored maps. Where these
# are packed (saliency.format), the published regions' come from what was kept of them before (inputs.smk).


# The published regions; their tables and figures need nothing of the other sets.
rule coefficients:
    input:
        unpack(measured_maps),
        indices=each_fold("saliency/{method}.csv"),
        index="results/{cohort}/faces/index.csv",
        regions=lambda wildcards: face_stack("regions", wildcards),
        sets=REGION_FILE,
    output:
        table="results/{cohort}/{model}/coefficients/{method}.csv",
    log:
        "results/logs/{cohort}/{model}/coefficients-{method}.log",
    conda:
        "../../../envs/statistics.yaml"
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        folds=FOLDS,
        policies=POLICIES,
        region_set="paper",
    message:
        "Region coefficients of {wildcards.method} for {wildcards.model}"
    script:
        "../../scripts/coefficients.py"


use rule coefficients as coefficients_of_set with:
    input:
        maps=each_fold(f"saliency/{{method}}.{STACK}"),
        indices=rules.coefficients.input.indices,
        index=rules.coefficients.input.index,
        regions=lambda wildcards: face_stack(f"regions_{wildcards.regions}", wildcards),
        sets=REGION_FILE,
    output:
        table="results/{cohort}/{model}/coefficients/{regions}/{method}.csv",
    log:
        "results/logs/{cohort}/{model}/coefficients-{regions}-{method}.log",
    params:
        region_set="{regions}",
    message:
        "Coefficients of {wildcards.method} over the set {wildcards.regions} for {wildcards.model}"
