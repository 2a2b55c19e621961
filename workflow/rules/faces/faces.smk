# Faces: every photograph to aligned crops, label maps and region maps, or to excluded.csv with its reason.
from gestalt_regions.faces import detector_registry

FACES = "results/{cohort}/faces"
FACE_SIZES = config["faces"]["sizes"]
FACE_SHARDS = range(1, config["faces"]["shards"] + 1)


rule faces_shard:
    input:
        samples="results/{cohort}/samples.csv",
        detector=detector_registry.weights(config["faces"]["detector"]) or [],
        parser="results/assets/bisenet.pth",
    output:
        crops=temp(expand(f"{FACES}/shards/{{shard}}/crops_{{size}}.npy", size=FACE_SIZES, allow_missing=True)),
        labels=temp(expand(f"{FACES}/shards/{{shard}}/labels_{{size}}.npy", size=FACE_SIZES, allow_missing=True)),
        regions=temp(expand(f"{FACES}/shards/{{shard}}/regions_{{size}}.npy", size=FACE_SIZES, allow_missing=True)),
        index=temp(f"{FACES}/shards/{{shard}}/index.csv"),
        excluded=temp(f"{FACES}/shards/{{shard}}/excluded.csv"),
        photographs=temp(f"{FACES}/shards/{{shard}}/photographs.csv"),
    log:
        "results/logs/{cohort}/faces-{shard}.log",
    resources:
        mem_mb=2500,
        runtime=120,
        gpu=int(config["faces"]["device"] == "cuda"),
    params:
        faces=config["faces"],
    message:
        "Faces of {wildcards.cohort}: detecting, aligning and parsing shard {wildcards.shard}"
    script:
        "../../scripts/faces_shard.py"


rule faces_gather:
    input:
        crops=expand(
            f"{FACES}/shards/{{shard}}/crops_{{size}}.npy", size=FACE_SIZES, shard=FACE_SHARDS, allow_missing=True
        ),
        labels=expand(
            f"{FACES}/shards/{{shard}}/labels_{{size}}.npy", size=FACE_SIZES, shard=FACE_SHARDS, allow_missing=True
        ),
        regions=expand(
            f"{FACES}/shards/{{shard}}/regions_{{size}}.npy", size=FACE_SIZES, shard=FACE_SHARDS, allow_missing=True
        ),
        index=expand(f"{FACES}/shards/{{shard}}/index.csv", shard=FACE_SHARDS, allow_missing=True),
        excluded=expand(f"{FACES}/shards/{{shard}}/excluded.csv", shard=FACE_SHARDS, allow_missing=True),
        photographs=expand(f"{FACES}/shards/{{shard}}/photographs.csv", shard=FACE_SHARDS, allow_missing=True),
    output:
        crops=expand(f"{FACES}/crops_{{size}}.npy", size=FACE_SIZES, allow_missing=True),
        labels=expand(f"{FACES}/labels_{{size}}.npy", size=FACE_SIZES, allow_missing=True),
        regions=expand(f"{FACES}/regions_{{size}}.npy", size=FACE_SIZES, allow_missing=True),
        index=f"{FACES}/index.csv",
        excluded=f"{FACES}/excluded.csv",
        photographs=f"{FACES}/photographs.csv",
    log:
        "results/logs/{cohort}/faces.log",
    resources:
        mem_mb=1500,
        runtime=30,
    message:
        "Faces of {wildcards.cohort}: putting the shards together"
    script:
        "../../scripts/faces_gather.py"
