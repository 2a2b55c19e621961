# Region maps of every set of coefficients.sets but the paper's, which come with the faces (resources/regions.yaml).


rule region_maps:
    input:
        labels="results/{cohort}/faces/labels_{size}.npy",
        index="results/{cohort}/faces/index.csv",
        sets=REGION_FILE,
    output:
        regions="results/{cohort}/faces/regions_{regions}_{size}.npy",
    log:
        "results/logs/{cohort}/regions-{regions}-{size}.log",
    resources:
        mem_mb=1000,
        runtime=20,
    message:
        "Regions of the set {wildcards.regions} at {wildcards.size} pixels"
    script:
        "../../scripts/region_maps.py"
