# What others have published, fetched once and verified (resources/assets.yaml).


rule asset:
    output:
        asset="results/assets/{asset}",
    log:
        "results/logs/assets/{asset}.log",
    wildcard_constraints:
        asset="|".join(map(re.escape, ASSETS)),
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
        "../../scripts/asset.py"
