# What the curve of identities starts from, and the data that experts learn people's faces from.


def identity_start(wildcards):
    """The weights after which a point of the curve is fine-tuned."""
    return {} if wildcards.people == "0" else {"weights": IDENTITY_WEIGHTS.format(**wildcards)}


def identity_sources(wildcards):
    """What the faces of people are read from, and the weights of the detector where they must be found first."""
    identities = config["identities"]
    if identities["kind"] == "simulated":
        photographs = f"results/identities/photographs/shard-{wildcards.shard}"
        return {"photographs": photographs, "detector": DETECTOR_WEIGHTS}
    detector = {} if identities["aligned"] else {"detector": DETECTOR_WEIGHTS}
    if identities["kind"] == "rec":
        detector |= {name: f"{identities['path']}/train.{name}" for name in ("rec", "idx")}
    return detector
