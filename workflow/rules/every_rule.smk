# Last of the rules: what holds for each of them that runs a script.
# - The package code that a script uses counts as one of its params, so that an edit rebuilds what depends on it and
#   nothing else (gestalt_regions.code). Not for assets: those are what their checksum says, whoever fetches them.
# - What a job asks for does not depend on the number of images: it works in pieces (docs/scale.md).
# - A job that is tried again (retries, in the Slurm profile) may use more memory and time each time.
# - Light rules, and fetching, run where Snakemake runs, not as cluster jobs.
from gestalt_regions import code

LIGHT = {"mem_mb": 1000, "runtime": 10}  # MB, minutes


def code_used(script):
    return lambda wildcards: code.digest(f"{workflow.basedir}/workflow/scripts/{script}", STUDY.code_roots(wildcards))


def growing(amount):
    return lambda wildcards, attempt: amount * attempt


for each in workflow.rules:
    if not each.script:
        continue
    asked = {key: each.resources[key].value for key in (*LIGHT, "gpu") if key in each.resources}
    if each.name == "asset" or not asked.get("gpu") and all(asked[key] <= most for key, most in LIGHT.items()):
        workflow.localrules(each.name)
    if each.name != "asset":
        each.set_params(code=code_used(os.path.basename(each.script)))
    for key in LIGHT:
        each.resources[key] = growing(asked[key])
