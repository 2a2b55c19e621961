# Input functions of more than one rule file. One that serves a single rule stands beside it.


def each_fold(path, folds=FOLDS):
    """A file of a network, once for each fold."""
    return expand(f"{FOLD}/{path}", fold=folds, allow_missing=True)


def of_maps(files):
    """Maps as an output; with config saliency.keep: coefficients they are deleted when all that reads them is made."""
    return files if KEEP_MAPS else temp(files)


def turn_of_method(wildcards):
    """The priority of a job whose maps will be deleted: one method after the other, and after all else that can be made,
    so that few maps lie on the disk at a time."""
    return -1 - list(dict.fromkeys([*MADE, *EVALUATED])).index(wildcards.method)


def of_experts(path):
    """A file of every expert of an aggregate, of the same fold."""
    path = f"{FOLD}/{path}"
    return lambda wildcards: expand(path, **{**dict(wildcards.items()), "model": STUDY.experts(wildcards.model)})


def face_stack(kind, wildcards):
    """The stack (crops, labels, regions) at the size that the model takes."""
    size = STUDY.backbone(wildcards.model).size
    return f"results/{wildcards.cohort}/faces/{kind}_{size}.npy"


def truth_stack(kind, wildcards):
    """The stack of counterfactuals (twins, changes, labels) at the size that the model takes."""
    size = STUDY.backbone(wildcards.model).size
    return f"results/{wildcards.cohort}/truth/{kind}_{size}.npy"


def counterfactual_pictures(wildcards):
    """Rendered counterfactuals, where the cohort has any."""
    if not RENDERED or config["cohort"]["counterfactuals"]["which"] == "none":
        return {}
    return {"twins": truth_stack("twins", wildcards), "truth": f"results/{wildcards.cohort}/truth/index.csv"}


def region_stacks(wildcards):
    """The region maps of every set, at the size that the model takes."""
    return {
        f"regions_{name}": face_stack("regions" if name == "paper" else f"regions_{name}", wildcards)
        for name in REGION_SETS
    }


def counterfactual_pictures(wildcards):
    """Rendered counterfactuals, where the cohort has any."""
    if not RENDERED or config["cohort"]["counterfactuals"]["which"] == "none":
        return {}
    return {"twins": truth_stack("twins", wildcards), "truth": f"results/{wildcards.cohort}/truth/index.csv"}


def faces_of_method(wildcards):
    """What the job's method takes beside the image: names as saliency/given_faces.py reads them."""
    takes, faces = STUDY.registered(wildcards.method).takes, f"results/{wildcards.cohort}/faces"
    if not takes:
        return {}
    files = {"index": f"{faces}/index.csv", "folds": f"results/{wildcards.cohort}/folds.csv"}
    if "landmarks" in takes:
        files["landmarks"] = f"{faces}/landmarks.npy"
    if "regions" in takes:
        files |= {"sets": REGION_FILE, **region_stacks(wildcards)}
    return {f"faces_{name}": path for name, path in files.items()}


def of_repository(path):
    """Whether a file comes with this repository; its content counts then, not its time stamp (every_rule.smk)."""
    return str(path).startswith((f"{AT_CODE}resources/", f"{AT_CODE}workflow/"))


def as_input(asset):
    return {"asset": of_code(asset.removeprefix(AT_CODE)) if of_repository(asset) else asset} if asset else {}


def model_asset(wildcards):
    """The file that the model's backbone is built from, if there is one."""
    return as_input(STUDY.asset(wildcards.model))


def model_inputs(wildcards):
    """The crops a model takes, the file its backbone is built from, and the table that its labels are a column of."""
    files = {"crops": face_stack("crops", wildcards)} | model_asset(wildcards)
    if "column" in STUDY.networks[wildcards.model].get("labels", {}):
        files["samples"] = f"results/{wildcards.cohort}/samples.csv"
    return files


def cohort_without(*keys):
    """What a job need not know of the cohort does not rebuild it."""
    unused = (*keys, *READERS, "look")  # the look is the head model's
    return {key: value for key, value in config["cohort"].items() if key not in unused}


# What trainings start from beside crops: weights of experts that know people's faces, and the boxes of parts.
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
