# Faces: every photograph to aligned crops, label maps and region maps, or to excluded.csv with its reason.
from gestalt_regions.faces.shards import KINDS

FACE_SIZES = config["faces"]["sizes"]
FACE_SHARDS = range(1, config["faces"]["shards"] + 1)


if not RENDERED:

    # Made once; later, planning a run keeps the lists up to date (inputs.smk). So nothing that changes makes it again: it
    # has no input and no params, and its code does not count.
    rule photographs:
        output:
            lists=expand(f"{LISTS}/{{shard}}.csv", shard=FACE_SHARDS, allow_missing=True),
            paths=f"{LISTS}/{PATHS}",
            order=f"{LISTS}/{ORDER}",
        log:
            "results/logs/{cohort}/photographs.log",
        resources:
            mem_mb=1000,
            runtime=60,
        message:
            "Photographs of {wildcards.cohort}: reading each once, to see later which was replaced"
        script:
            "../../scripts/photographs.py"


rule faces_shard:
    input:
        **({"landmarks": "results/assets/landmarks_106.onnx"} if DENSE else {}),
        samples=SAMPLES if RENDERED else ancient(f"{LISTS}/{PATHS}"),
        listed=[] if RENDERED else list_of_photographs,
        detector=DETECTOR_WEIGHTS,
        parser="results/assets/bisenet.pth",
    output:
        faces=kept(f"{FACES}/shards/{{shard}}/faces.npz"),
        index=kept(f"{FACES}/shards/{{shard}}/index.csv"),
        excluded=kept(f"{FACES}/shards/{{shard}}/excluded.csv"),
        photographs=kept(f"{FACES}/shards/{{shard}}/photographs.csv"),
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
        samples=order_of_faces,
        faces=expand(f"{FACES}/shards/{{shard}}/faces.npz", shard=FACE_SHARDS, allow_missing=True),
        index=expand(f"{FACES}/shards/{{shard}}/index.csv", shard=FACE_SHARDS, allow_missing=True),
        excluded=expand(f"{FACES}/shards/{{shard}}/excluded.csv", shard=FACE_SHARDS, allow_missing=True),
        photographs=expand(f"{FACES}/shards/{{shard}}/photographs.csv", shard=FACE_SHARDS, allow_missing=True),
    output:
        **{kind: expand(f"{FACES}/{kind}_{{size}}.npy", size=FACE_SIZES, allow_missing=True) for kind in KINDS},
        index=f"{FACES}/index.csv",
        excluded=f"{FACES}/excluded.csv",
        photographs=f"{FACES}/photographs.csv",
    log:
        "results/logs/{cohort}/faces.log",
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        sizes=FACE_SIZES,
    message:
        "Faces of {wildcards.cohort}: putting the shards together"
    script:
        "../../scripts/faces_gather.py"
