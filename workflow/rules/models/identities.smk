# What experts of deepgestalt may learn first: whose face it is (models.*.options.weights: identities). People and weights
# belong to no cohort. `snakemake identity_curve` shows what they gain.
from gestalt_regions.faces.face_parts import PARTS

IDENTITIES = config["identities"]
GAIN = IDENTITIES["curve"]
GAIN_PEOPLE = [0, *sorted(GAIN["people"])]
GAIN_FOLDS = FOLDS[: GAIN["folds"]]
GAIN_RUN = "results/{cohort}/identities/people-{people}/{part}"
IDENTITY_SHARDS = range(1, IDENTITIES["shards"] + 1)


if IDENTITIES["kind"] == "simulated" and RENDERED:

    rule identity_people:
        input:
            head=HEAD_MODEL,
        output:
            photographs=directory("results/identities/photographs/shard-{shard}"),
        log:
            "results/logs/identities/people-{shard}.log",
        conda:
            "../../../envs/cohort.yaml"
        threads: 1
        resources:
            mem_mb=1500,
            runtime=60,
        params:
            shards=IDENTITIES["shards"],
            people=IDENTITIES["people"],
            photographs=IDENTITIES["photographs"],
            cohort={key: config["cohort"].get(key) for key in ("photos", "identity_spread", "ages", "size")},
            seed=SEED,
        message:
            "Simulated people to learn faces from: rendering shard {wildcards.shard}"
        script:
            "../../scripts/identity_people.py"


rule identity_faces:
    input:
        unpack(identity_sources),
    output:
        faces=directory("results/identities/faces/shard-{shard}"),
    log:
        "results/logs/identities/faces-{shard}.log",
    conda:
        "../../../envs/faces.yaml"
    resources:
        mem_mb=2500,
        runtime=240,
    params:
        identities={key: IDENTITIES[key] for key in ("kind", "path", "people", "aligned", "shards")},
        faces={key: value for key, value in config["faces"].items() if key not in ("shards", "sizes")},
    message:
        "Faces to learn people from: reading shard {wildcards.shard}"
    script:
        "../../scripts/identity_faces.py"


rule identity_train:
    input:
        faces=expand("results/identities/faces/shard-{shard}", shard=IDENTITY_SHARDS),
        asset=FACE_PARTS,
    output:
        weights=IDENTITY_WEIGHTS,
        history="results/identities/people-{people}/{part}/history.csv",
        accuracy="results/identities/people-{people}/{part}/accuracy.csv",
    log:
        "results/logs/identities/people-{people}/train-{part}.log",
    wildcard_constraints:
        part="|".join(PARTS),
        people="all|[1-9][0-9]*",
    resources:
        gpu=1,
        mem_mb=3000,
        runtime=240,
    params:
        people=lambda wildcards: 0 if wildcards.people == "all" else int(wildcards.people),
        settings=IDENTITIES["settings"][IDENTITIES["setting"]],
        bootstrap=BOOTSTRAP,
        seed=SEED,
        device=config["run"]["device"],
    message:
        "Expert of the part {wildcards.part}: learning to know {wildcards.people} people"
    script:
        "../../scripts/identity_train.py"


rule identity_fold:
    input:
        unpack(identity_start),
        crops="results/{cohort}/faces/crops_224.npy",
        index="results/{cohort}/faces/index.csv",
        folds="results/{cohort}/folds.csv",
        asset=FACE_PARTS,
    output:
        checkpoint=temp(f"{GAIN_RUN}/fold-{{fold}}/checkpoint.safetensors"),
        history=f"{GAIN_RUN}/fold-{{fold}}/history.csv",
        predictions=f"{GAIN_RUN}/fold-{{fold}}/predictions.csv",
    log:
        "results/logs/{cohort}/identities/people-{people}/{part}-{fold}.log",
    wildcard_constraints:
        part="|".join(PARTS),
        people="[0-9]+",
    resources:
        gpu=1,
        mem_mb=3000,
        runtime=240,
    params:
        model=lambda wildcards: {
            "backbone": "deepgestalt",
            "recipe": GAIN["recipe"],
            "options": {"part": wildcards.part, "weights": "" if wildcards.people == "0" else "identities"},
        },
        recipe=config["recipes"][GAIN["recipe"]]
        | {"epochs": GAIN["epochs"], "precision": IDENTITIES["settings"][IDENTITIES["setting"]]["precision"]},
        seed=SEED,
        device=config["run"]["device"],
    message:
        "Fine-tuning {wildcards.part}, fold {wildcards.fold}, after {wildcards.people} people"
    script:
        "../../scripts/train.py"


rule write_identity_curve:
    input:
        index="results/{cohort}/faces/index.csv",
        folds="results/{cohort}/folds.csv",
        predictions=expand(
            rules.identity_fold.output.predictions,
            part=GAIN["parts"],
            people=GAIN_PEOPLE,
            fold=GAIN_FOLDS,
            allow_missing=True,
        ),
        accuracy=expand(rules.identity_train.output.accuracy, part=GAIN["parts"], people=GAIN_PEOPLE[1:]),
    output:
        curve="results/{cohort}/identities/curve.csv",
    log:
        "results/logs/{cohort}/identities/curve.log",
    conda:
        "../../../envs/torch.yaml"
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        runs=[{"part": part, "people": people} for part in GAIN["parts"] for people in GAIN_PEOPLE],
        folds=len(GAIN_FOLDS),
        bootstrap=BOOTSTRAP,
        seed=SEED,
        simulated=RENDERED,
    message:
        "What experts gain from having learnt people's faces first"
    script:
        "../../scripts/identity_curve.py"


rule draw_identity_curve:
    input:
        curve=rules.write_identity_curve.output.curve,
    output:
        figure="results/{cohort}/identities/curve.svg",
    log:
        "results/logs/{cohort}/identities/draw.log",
    conda:
        "../../../envs/statistics.yaml"
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Draw accuracy against the number of people that were learnt first"
    script:
        "../../scripts/draw_identity_curve.py"


rule identity_curve:
    input:
        expand(rules.draw_identity_curve.output, cohort=COHORT),
