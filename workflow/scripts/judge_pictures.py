"""How plausible every picture without a region is."""

from gestalt_regions.evaluation.fold_networks import networks_of_folds
from gestalt_regions.evaluation.perturb.plausible_pictures import write_pictures
from gestalt_regions.evaluation.perturb.stored_pictures import stored_pictures
from gestalt_regions.faces.detect import make_detector
from gestalt_regions.faces.detector_registry import GIVEN
from gestalt_regions.jobs.job import job, settings
from gestalt_regions.regions.sets import PAPER, region_ids

with job(snakemake):
    inputs, params = dict(snakemake.input.items()), settings(snakemake)
    folds, methods, faces, control = (params.pop(key) for key in ("folds", "methods", "detector", "control"))
    name, settings_of = faces["detector"], (faces["min_score"], snakemake.threads, faces["device"])
    detector = None if name == GIVEN else make_detector(name, inputs["detector"], *settings_of)
    write_pictures(
        inputs,
        snakemake.output.pictures,
        networks=networks_of_folds(inputs, folds=folds, **params),
        stored=stored_pictures(methods, folds, inputs["values"], inputs["pictures"]),
        names=region_ids(inputs["sets"], PAPER),
        detector=detector,
        size=faces["detection_size"],
        control=control,
    )
