# What makes a face and its best match alike: maps of the cosine of their encodings, region coefficients, and a figure.

EXPLAINED_MAPS = f"{MATCHING}/similarity/{EXPLAINED}"


rule similarity:
    input:
        unpack(encoder_inputs),
        index="results/{cohort}/faces/index.csv",
        nearest=f"{MATCHING}/nearest.csv",
    output:
        maps=f"{MATCHING}/similarity/{{encoder}}.npy",
        index=f"{MATCHING}/similarity/{{encoder}}.csv",
    log:
        "results/logs/{cohort}/matching/similarity-{encoder}.log",
    conda:
        "../../../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=60,
    params:
        entry=lambda wildcards: STUDY.encoder(wildcards.encoder).entry,
        settings={key: value for key, value in config["matching"]["similarity"].items() if key != "encoder"},
        batch=config["run"]["batch_size"],
        device=config["run"]["device"],
        precision=PRECISION,
    message:
        "Similarity maps of {wildcards.encoder}"
    script:
        "../../scripts/similarity.py"


rule similarity_coefficients:
    input:
        maps=f"{EXPLAINED_MAPS}.npy",
        index=f"{EXPLAINED_MAPS}.csv",
        faces="results/{cohort}/faces/index.csv",
        regions=lambda wildcards: encoder_stack("regions", wildcards),
        sets=REGION_FILE,
    output:
        output=report(
            f"{MATCHING}/tables/similarity_coefficients.csv",
            caption="../../report/similarity_coefficients.rst",
            category="Matching",
            labels={"content": "similarity coefficients", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/matching-similarity_coefficients.log",
    conda:
        "../../../envs/torch.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        encoder=EXPLAINED,
        policies=POLICIES,
    message:
        "Region coefficients of the similarity maps"
    script:
        "../../scripts/similarity_coefficients.py"


rule draw_similarity:
    input:
        maps=f"{EXPLAINED_MAPS}.npy",
        index=f"{EXPLAINED_MAPS}.csv",
        crops=lambda wildcards: encoder_stack("crops", wildcards),
        regions=lambda wildcards: encoder_stack("regions", wildcards),
        faces="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
    output:
        output=report(
            f"{MATCHING}/figures/similarity_maps.png",
            caption="../../report/similarity_maps.rst",
            category="Matching",
            labels={"content": "similarity maps", "format": "PNG"},
        ),
    log:
        "results/logs/{cohort}/matching-similarity_maps.log",
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        encoder=EXPLAINED,
    message:
        "Similarity maps of {wildcards.cohort}"
    script:
        "../../scripts/draw_similarity.py"
