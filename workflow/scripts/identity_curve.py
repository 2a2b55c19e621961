"""What experts gain from having learnt people's faces first."""

from gestalt_regions.jobs.job import job, settings
from gestalt_regions.pretraining.identity_steps import write_gain

with job(snakemake):
    given = settings(snakemake)
    runs, files = given.pop("runs"), iter(snakemake.input.predictions)
    known = iter(snakemake.input.accuracy)
    for run in runs:
        run["predictions"] = [next(files) for _ in range(given["folds"])]
        run["accuracy"] = next(known) if run["people"] else ""
    given.pop("folds")
    write_gain({key: snakemake.input[key] for key in ("index", "folds")}, runs, snakemake.output.curve, **given)
