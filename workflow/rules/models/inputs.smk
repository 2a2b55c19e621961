# What trainings start from beside crops: weights of experts that know people's faces, and the data they learnt from.
IDENTITY_WEIGHTS = "results/identities/people-{people}/{part}/weights.safetensors"
FACE_PARTS = of_code("resources/face_parts.csv")


def identity_weights(wildcards):
    """The pretrained weights that a model asks for (options.weights: identities)."""
    part = STUDY.identity_part(wildcards.model)
    people = config["identities"]["people"] or "all"
    return {"weights": IDENTITY_WEIGHTS.format(people=people, part=part)} if part else {}


def part_boxes(wildcards):
    """The boxes of the parts, where a model sees one through a window: all but deepgestalt, whose asset they are."""
    entry = STUDY.networks[wildcards.model]
    windowed = "part" in entry["options"] and entry["backbone"] != "deepgestalt"
    return {"boxes": FACE_PARTS} if windowed else {}


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
