rule asset:
    output:
        asset="results/assets/{asset}",
    log:
        "results/logs/assets/{asset}.log",
    benchmark:
        "results/benchmarks/assets/{asset}.tsv"
    wildcard_constraints:
        asset="|".join(map(re.escape, ASSETS)),
    conda:
        "../../envs/cohort.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        entry=lambda wildcards: ASSETS[wildcards.asset],
        local=lambda wildcards: config["assets"]["local"].get(wildcards.asset),
        retries=config["assets"]["retries"],
    message:
        "Fetching {wildcards.asset} (package, checksum and licence: resources/assets.yaml)"
    script:
        "../scripts/asset.py"
