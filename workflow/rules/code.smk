# Last of the rules: the package code that a rule's script uses counts as one of its params, so that an edit rebuilds
# what depends on it and nothing else (gestalt_regions.code).
from gestalt_regions import code


def code_used(script):
    return lambda wildcards: code.digest(f"{workflow.basedir}/workflow/scripts/{script}", STUDY.code_roots(wildcards))


for scripted in workflow.rules:
    if scripted.script and scripted.name != "asset":  # an asset is what its checksum says, whoever fetches it
        scripted.set_params(code=code_used(os.path.basename(scripted.script)))
