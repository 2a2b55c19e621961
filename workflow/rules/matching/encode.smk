# Encoders and encodings of GestaltMatcher-Arc (Hustinx et al. 2023): every face as unit vectors, one for each view.
# Nothing of matching belongs to the default target.


# Needs no image, so that a file that is not an encoder's is found before any is rendered, encoded or trained on.
rule encoder_card:
    input:
        unpack(encoder_asset),
    output:
        card="results/{cohort}/matching/encoders/{encoder}.json",
    log:
        "results/logs/{cohort}/matching/encoder-{encoder}.log",
    priority: 10
    conda:
        "../../../envs/torch.yaml"
    resources:
        mem_mb=2500,
        runtime=15,
    params:
        entry=lambda wildcards: STUDY.encoder(wildcards.encoder).entry,
        feature_layer=lambda wildcards: bool((STUDY.encoder(wildcards.encoder).recipe or {}).get("feature_layer")),
    message:
        "Checking the encoder {wildcards.encoder}"
    script:
        "../../scripts/encoder_card.py"


rule fine_tune:
    input:
        unpack(lambda wildcards: STUDY.check_planned("fine_tune") or {}),
        unpack(trainer_inputs),
        card="results/{cohort}/matching/encoders/{encoder}.json",
        index="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
        splits="results/{cohort}/matching/splits.csv",
    output:
        checkpoint="results/{cohort}/matching/encoders/{encoder}/checkpoint.safetensors",
        history="results/{cohort}/matching/encoders/{encoder}/history.csv",
    log:
        "results/logs/{cohort}/matching/fine_tune-{encoder}.log",
    conda:
        "../../../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=6000,
        runtime=240,
    params:
        entry=lambda wildcards: STUDY.encoder(wildcards.encoder).entry,
        recipe=lambda wildcards: STUDY.encoder(wildcards.encoder).recipe,
        seed=SEED,
        device=config["run"]["device"],
    message:
        "Fine-tuning the encoder {wildcards.encoder}"
    script:
        "../../scripts/fine_tune.py"


rule encode:
    input:
        unpack(encoder_inputs),
        card="results/{cohort}/matching/encoders/{encoder}.json",
        index="results/{cohort}/faces/index.csv",
    output:
        encodings="results/{cohort}/matching/encodings/{encoder}.npy",
        index="results/{cohort}/matching/encodings/{encoder}.csv",
        about="results/{cohort}/matching/encodings/{encoder}.json",
    log:
        "results/logs/{cohort}/matching/encode-{encoder}.log",
    conda:
        "../../../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=3000,
        runtime=240,
    params:
        entry=lambda wildcards: STUDY.encoder(wildcards.encoder).entry,
        batch=config["run"]["batch_size"],
        device=config["run"]["device"],
        precision=PRECISION,
    message:
        "Encoding the faces of {wildcards.cohort} with {wildcards.encoder}"
    script:
        "../../scripts/encode.py"
