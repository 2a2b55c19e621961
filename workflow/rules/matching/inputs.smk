# Input functions of matching.

# The encoder whose similarities are explained: the one that is named, or the first.
EXPLAINED = config["matching"]["similarity"]["encoder"] or ENCODERS[0]


def encoder_asset(wildcards):
    """The file that the encoder is built from, if there is one."""
    return as_input(STUDY.encoder(wildcards.encoder).asset)


def trainer_inputs(wildcards):
    """The crops an encoder takes, and the file it is built from."""
    crops = f"results/{wildcards.cohort}/faces/crops_{STUDY.encoder(wildcards.encoder).size}.npy"
    return {"crops": crops} | encoder_asset(wildcards)


def encoder_inputs(wildcards):
    """And what was learned, where it is fine-tuned."""
    trained = f"results/{wildcards.cohort}/matching/encoders/{wildcards.encoder}/checkpoint.safetensors"
    return trainer_inputs(wildcards) | ({"trained": trained} if STUDY.encoder(wildcards.encoder).recipe else {})


def encoder_stack(kind, wildcards):
    """The stack (crops, regions) at the size that the explained encoder takes."""
    return f"results/{wildcards.cohort}/faces/{kind}_{STUDY.encoder(EXPLAINED).size}.npy"
