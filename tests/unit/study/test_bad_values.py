"""Every leaf of the default config is set to bad values: each is refused by a message that names the key, or listed.

A value that is listed is allowed on purpose: it means something (0: all), is slow but right, or is text of the user's.
"""

from __future__ import annotations

import functools
from copy import deepcopy
from fnmatch import fnmatchcase

import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.study import schema, study

BAD = {
    "zero": 0,
    "negative": -1,
    "huge": 10**7,
    "part": 1.5,
    "nan": float("nan"),
    "infinite": float("inf"),
    "empty": "",
    "text": "x",
    "list": [],
    "names": ["x"],
    "section": {},
    "true": True,
}
NUMBER = {"zero", "negative", "huge", "part", "nan", "infinite", "text", "true"}
TRIED = {  # by the type of the default; an entry of another type stands for all other types
    int: NUMBER,
    float: NUMBER,
    bool: {"true", "part", "text", "nan"},
    str: {"zero", "empty", "text", "list", "nan"},
    list: {"zero", "text", "list", "names", "nan"},
    dict: {"zero", "text", "list", "names"},
    type(None): NUMBER,
}
TEXT_OF_THE_COHORT = (
    "cohort.folder.* cohort.nih_faces.* cohort.gmdb.* cohort.utkface.*"  # of readers that are not the study's
)
ALLOWED = {
    # 0: none, all of them, or no spread
    "zero": """run.seed folds.random_state assets.retries cohort.heldout_subjects_per_syndrome cohort.siblings
        cohort.kin_share cohort.identity_spread cohort.severity cohort.severity_spread cohort.shortcut.strength
        cohort.shortcut.base_rate cohort.shards cohort.raters.false_alarm faces.min_eye_distance faces.parse_margin
        faces.shards morph.spread morph.rare morph.expressions morph.appearance morph.training.weight_decay
        morph.training.landmark_error morph.training.colour morph.training.loss_weights.* recipes.quick.dropout
        recipes.quick.frozen_stages recipes.quick.momentum recipes.quick.head_weight_decay recipes.quick.patience
        recipes.quick.augment.* saliency.*_per_class saliency.methods.SmoothGrad.noise statistics.marginal_images
        evaluation.*_per_class evaluation.objective.images evaluation.objective.noise evaluation.sanity.images
        leaks.images identities.settings.*.*_epochs identities.settings.*.momentum identities.settings.*.dropout
        syndrome_maps.smoothing""",
    "negative": "*.baseline",
    # a value in the network's units, a rate or a weight; what it makes is checked where it is made
    "huge": """identities.people identities.photographs identities.settings.*.*_epochs identities.settings.*.batch_size
        identities.curve.epochs run.* folds.random_state assets.retries cohort.raters.half_seen cohort.anatomy_attempts
        faces.min_eye_distance morph.faces morph.heldout morph.training.* recipes.quick.epochs
        recipes.quick.learning_rate recipes.quick.head_factor recipes.quick.*weight_decay recipes.quick.batch_size
        recipes.quick.restart_epochs recipes.quick.patience recipes.quick.augment.views saliency.*_per_class
        saliency.methods.SmoothGrad.* saliency.methods.IntegratedGradients.samples *.baseline
        statistics.bootstrap.n_resamples statistics.permutations statistics.marginal_images evaluation.*_per_class
        evaluation.changed evaluation.objective.* evaluation.sanity.images leaks.* matching.rare_below
        matching.repeats matching.k matching.verification.per_fold matching.*.count figures.contact_sheet.count
        figures.perplexity gestalt.resamples gestalt.permutations""",
    "part": """cohort.severity cohort.raters.half_seen faces.min_eye_distance morph.training.*
        recipes.quick.learning_rate recipes.quick.head_factor recipes.quick.*weight_decay
        saliency.methods.SmoothGrad.noise *.baseline evaluation.changed evaluation.objective.* leaks.C
        figures.perplexity syndrome_maps.smoothing""",
    # the control class is looked for where it is needed; an architecture of a network that takes none
    "empty": "statistics.control *.options.architecture",
    "text": f"""{TEXT_OF_THE_COHORT} photo cohort.name cohort.shortcut.class statistics.control
        matching.encoders.*.dataset matching.encoders.*.variant""",
    "list": "cohort.rare.parents faces.retry_sizes statistics.covariates evaluation.groups",
    # names of the table, of other runs, or of nothing that is made here (cohort.rare.count is 0)
    "names": "cohort.rare.parents evaluation.compare *.samples statistics.syndromes statistics.covariates",
    "true": "cohort.shortcut.heldout recipes.quick.train_batchnorm *.relu matching.control figures.composites.pixels",
}
# The same schema as an entry beside it that is tried
REPEATED = ("recipes.paper*", "recipes.gestaltmatcher*", "recipes.deepgestalt*", "matching.encoders.arcface*")
REPEATED += ("statistics.variants.a*",)


def leaves(value: object, path: tuple[str, ...] = ()):
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from leaves(below, (*path, key))
    else:
        yield path, value


def with_value(config: dict, path: tuple[str, ...], value: object) -> dict:
    changed = deepcopy(config)
    section = changed
    for key in path[:-1]:
        section = section[key]
    section[path[-1]] = value
    return changed


def allowed(name: str, key: str) -> str:
    """The pattern by which a value is allowed; "" if it is not."""
    return next((pattern for pattern in ALLOWED.get(name, "").split() if fnmatchcase(key, pattern)), "")


@pytest.fixture
def complete(root, config, monkeypatch):
    """The default config with every default; files of the repository are read once."""
    read = ((schema, "load_schema"), (study, "load_sets"), (study, "load_manifest"), (study, "FacialTerms"))
    for module, name in read:
        monkeypatch.setattr(module, name, functools.cache(getattr(module, name)))
    return study.load_study(config, root).config


def test_every_bad_value_is_refused_by_its_key_or_listed(root, complete):
    wrong = []
    for path, value in leaves(complete):
        key = ".".join(path)
        if any(fnmatchcase(key, pattern) for pattern in REPEATED):
            continue
        for name, bad in BAD.items():
            if name not in TRIED[type(value)] or (bad == value and type(bad) is type(value)):
                continue
            try:
                study.load_study(with_value(complete, path, bad), root)
                message = ""
            except InputError as error:
                message = str(error)
            if pattern := allowed(name, key):
                if message and "*" not in pattern:
                    wrong.append(f"{key}: {bad!r} is listed as allowed but refused: {message[:200]}")
            elif not message:
                wrong.append(f"{key}: {bad!r} passes")
            elif path[-1] not in message and path[-2] not in message:
                wrong.append(f"{key}: {bad!r} is refused by a message without the key: {message[:200]}")
    assert not wrong, "\n".join(wrong)


def test_a_null_is_the_default_or_takes_an_entry_away(root, complete):
    assert study.load_study(with_value(complete, ("folds", "n"), None), root).config["folds"]["n"] == 5
    without = with_value(complete, ("saliency", "methods", "GradCam", "relu"), None)
    assert "relu" not in study.load_study(without, root).config["saliency"]["methods"]["GradCam"]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("cohort.photos.yaw", [20, -20], r"cohort\.photos\.yaw: \[20, -20\] runs backwards"),
        ("cohort.ages", [22, 0.5], r"cohort\.ages: \[22, 0\.5\] runs backwards"),
        ("cohort.classes", ["KS", "Noonan"], r"cohort\.classes: 'Noonan' has no recipe"),
        ("cohort.raters.terms", {"Ptosiss": {"half_seen": 0.8}}, r"raters\.terms: 'Ptosiss'"),
        ("cohort.name", "Assets", r"cohort\.name is Assets; results/ has a folder of that name"),
        ("faces.detector", "given", r"faces\.detector is given, but a simulated cohort gives none"),
        ("folds.source", "given", r"folds\.source is given, but a simulated cohort gives none"),
        ("figures.figure5.fold", 6, r"figure5\.fold is 6; folds\.n is 5"),
        ("evaluation.show.sets", ["papers"], r"evaluation\.show\.sets: no region set 'papers'; did you mean paper"),
        (
            "evaluation.show.policy",
            "absolute_raw",
            r"show\.policy is absolute_raw.*auc_pooled.*another scale \(absolute_minmax",
        ),
        ("evaluation.objective.shares", [0, float("nan"), 1], r"objective\.shares\.1' is nan; expected a finite"),
        ("recipes.quick.batch_size", 0, r"recipes\.quick\.batch_size"),
        ("recipes.quick.epochs", 0, r"recipes\.quick\.epochs"),
        ("recipes.quick.learning_rate", -0.1, r"recipes\.quick\.learning_rate"),
        ("recipes.quick.frozen_stages", 7, r"quick\.frozen_stages is 7; models\.resnet18_morph \(\w+\) has 6 stages"),
        ("models.resnet18_morph.options.weights", "my.pth", r"weights: resnet18_morph takes no weights.*arcface_onnx"),
        ("matching.similarity.layer", "map56", r"similarity\.layer: no layer 'map56'.*map28, map14, map7"),
        ("matching.similarity.window", 113, r"similarity\.window is 113; it must be at most 112"),
        ("matching.similarity.stride", 17, r"similarity\.stride is 17, above window \(16\)"),
        ("identities.setting", "papr", r"identities\.setting: no setting 'papr'; did you mean paper"),
        ("identities.curve.recipe", "slow", r"identities\.curve\.recipe: no recipe 'slow'"),
        ("identities.people", 1, r"identities\.people is 1; of simulated people there must be two or more"),
        ("identities.people", 20, r"curve\.people: 60 are more than identities\.people \(20\)"),
        ("identities.kind", "folder", r"identities\.path: '' is no folder; name the one with a folder for each"),
        ("identities.kind", "rec", r"identities\.path: '' is no folder; name the one with train\.rec"),
        ("matching.encoders.sface.recipe", "quick", r"sface\.recipe has no effect without fine_tuned: true"),
    ],
)
def test_what_schemas_cannot_say(root, complete, path, value, message):
    with pytest.raises(InputError, match=message):
        study.load_study(with_value(complete, tuple(path.split(".")), value), root)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"GradCam": {"layer": "layer9"}}, r"methods\.GradCam\.layer: no layer 'layer9'; .* stem, layer1, layer2"),
        ({"Occlusion": {"window": 16, "stride": 0}}, r"Occlusion\.stride is 0; it must be 1 or more"),
        ({"Occlusion": {"window": 8, "stride": 9}}, r"Occlusion\.stride is 9; it must be at most 8 \(window\)"),
        ({"Occlusion": {"window": 0}}, r"Occlusion\.window is 0; it must be 1 or more"),
        ({"Occlusion": {"window": 113}}, r"Occlusion\.window is 113; it must be at most 112, the side of the crops"),
        ({"Occlusion": {"baseline": float("nan")}}, r"Occlusion\.baseline' is nan"),
        ({"SmoothGrad": {"samples": 0}}, r"SmoothGrad\.samples is 0; it must be 1 or more"),
        ({"SmoothGrad": {"noise": -1.0}}, r"SmoothGrad\.noise is -1\.0; it must be 0 or more"),
        ({"mine": {"method": "IntegratedGradients", "samples": 0}}, r"methods\.mine\.samples is 0"),
        ({"mine": {"method": ["Gradient"]}}, r"methods\.mine: no saliency method"),
        ({"DeepLIFT": {"pooling": "max"}}, r"DeepLIFT\.pooling is 'max'; allowed: rescale, gradient"),
        ({"GuidedGradCam": {"upsampling": "bicubik"}}, r"upsampling is 'bicubik'; did you mean bicubic"),
        ({"BlurredInput": {"sigma": 0.0}}, r"BlurredInput\.sigma is 0\.0; it must be above 0"),
        ({"gradcam": {"method": "GradCam"}, "GradCam": {}}, r"'gradcam' and 'GradCam' differ in capitals only"),
    ],
)
def test_parameters_of_methods(root, complete, settings, message):
    complete["saliency"]["methods"] |= settings if "gradcam" not in settings else {}
    if "gradcam" in settings:
        complete["saliency"]["methods"] = settings
    with pytest.raises(InputError, match=message):
        study.load_study(complete, root)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"backbone": "timm_resnet", "options": {"architecture": "resnet19"}},
            r"architecture: timm_resnet has no 'resnet19'",
        ),
        (
            {"backbone": "torchvision_resnet", "options": {"architecture": "vgg16"}},
            r"resnet has no 'vgg16'",
        ),
        ({"backbone": "vggface2_resnet50", "options": {"architecture": "resnet50"}}, r"takes no architecture"),
        (
            {"backbone": "vggface2_resnet50", "options": {"weights": "no.pkl"}},
            r"weights: 'no\.pkl' is no file",
        ),
        ({"backbone": "vggface2_resnet50", "options": {"weights": "README.md"}}, r"must end in \.safetensors"),
        ({"backbone": "arcface_mbf", "options": {"weights": "README.md"}}, r"arcface_mbf takes no weights"),
        ({"backbone": "timm_resnet", "options": {"weights": "identities"}}, r"only models of deepgestalt start from"),
    ],
)
def test_options_of_networks(root, complete, entry, message, monkeypatch):
    monkeypatch.chdir(root)
    complete["models"] = {"mine": {"recipe": "quick", "options": {}, **entry}}
    with pytest.raises(InputError, match=message):
        study.load_study(complete, root)


def test_a_recipe_in_colour_for_a_network_in_grey(root, complete):
    complete["faces"]["sizes"] = [100, 112]
    complete["models"] = {"grey": {"backbone": "deepgestalt", "recipe": "paper", "options": {}}}
    with pytest.raises(InputError, match=r"recipes\.paper\.input: bgr_fold_mean needs colour.*models\.grey"):
        study.load_study(complete, root)


def test_a_model_with_the_name_of_a_folder(root, complete):
    complete["models"]["faces"] = complete["models"]["resnet18_morph"]
    with pytest.raises(InputError, match=r"models\.faces: a folder of the results has that name"):
        study.load_study(complete, root)
