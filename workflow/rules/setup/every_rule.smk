# After the rules: what holds for every rule that runs a script, said once.
# - Its environment is that of its folder (ENVIRONMENTS), its threads are config run.threads, and its benchmark lies
#   where its log does, below results/benchmarks. A rule that says otherwise keeps what it says.
# - What it uses of this repository (package code, packages of its environment, files of resources/) counts by content, as
#   one of its params, not by time stamps (gestalt_regions.jobs.code_digest). So an edit rebuilds what depends on it and
#   nothing else, and results that are copied beside another checkout are results there. Not for assets: those are what
#   their checksum says, whoever fetches them.
# - A job that asks for a GPU goes to the profile's partition with GPUs; which rules do is written nowhere else.
# - What a job asks for does not depend on the number of images: it works in pieces (docs/reference/scale.md).
# - A job that is tried again (retries, in the Slurm profile) may use more memory and time each time.
# - Light rules, and fetching, run where Snakemake runs, not as cluster jobs.
from gestalt_regions.jobs.kept_digests import digest_of_code

ENVIRONMENTS = {
    "assets": "cohort",
    "cohort": "cohort",
    "faces": "faces",
    "models": "torch",
    "saliency": "torch",
    "statistics": "statistics",
    "evaluation": "statistics",
    "matching": "statistics",
    "cases": "cases",
    "figures": "statistics",
    "clinicians": "clinicians",
    "report": "report",
}
# What these files define, in their order. A Snakefile that has them as a module defines more, and may rename ours (`as gr_*`);
# NAME has the names that stand here.
OURS = [each for each in workflow.rules if each in workflow.modifier.rules]
NAME = {proxy.rule: name for name, proxy in rules._rules.items()}
UNMEASURED = {"time_stages"}  # reads the benchmarks of all others
UNCOUNTED = {"asset", "photographs"}  # whose code does not count: see there
# What a profile may say of the jobs that ask for a GPU (`gpu`) and of no others, and the resource that it becomes.
OF_GPU_JOBS = {"gpu_partition": "slurm_partition", "gpu_gres": "gres"}
LIGHT = {"mem_mb": 1000, "runtime": 10}  # MB, minutes


def say_once(each):
    """Environment, threads and benchmark of a rule, as far as it does not say them itself."""
    if each.conda_env is None:
        folder = Path(each.snakefile).parent.name
        each.conda_env = f"../../../envs/{ENVIRONMENTS[folder]}.yaml"
    if each.ruleinfo.threads is None and each.name not in workflow.resource_settings.overwrite_threads:
        each.resources["_cores"] = config["run"]["threads"]
    if each.benchmark is None and NAME[each] not in UNMEASURED:
        each.benchmark_modifier = each.log_modifier
        each.benchmark = re.sub(r"^results/logs/(.*)\.log$", r"results/benchmarks/\1.tsv", each.ruleinfo.log.paths[0])


def send(each, to_gpu):
    """Sends the jobs of a rule to the profile's partition with GPUs if they ask for one, by their request alone."""
    for name, resource in OF_GPU_JOBS.items():
        if name not in each.resources:
            continue
        if to_gpu and resource not in workflow.resource_settings.overwrite_resources.get(each.name, {}):
            each.resources[resource] = each.resources[name].with_name(resource)
            if resource == "gres":  # instead of --gpus
                each.resources["gpu"] = 0
        each.resources[name] = None


def code_used(each):
    """A digest of what a job uses of this repository: code, packages of its environment, input files."""
    script = f"{CODE}/workflow/scripts/{os.path.basename(each.script)}"
    environment = os.path.join(os.path.dirname(each.snakefile), each.conda_env)
    files = [environment, *(str(path) for path in each.input if not callable(path) and of_repository(path))]

    def used(wildcards):
        weights = [asset for asset in STUDY.network_files(wildcards) if of_repository(asset)]
        return digest_of_code(script, STUDY.code_roots(wildcards, NAME[each]), [*files, *weights])

    return used


def growing(amount):
    return lambda wildcards, attempt: amount * attempt


for each in OURS:
    if not each.script:
        continue
    say_once(each)
    asked = {key: each.resources[key].value for key in (*LIGHT, "gpu") if key in each.resources}
    if NAME[each] == "asset" or not asked.get("gpu") and all(asked[key] <= most for key, most in LIGHT.items()):
        workflow.localrules(each.name)
    if "gpu" in asked:
        each.resources["gpu"] = asked["gpu"] = asked["gpu"] if config["run"]["device"] != "cpu" else 0
    send(each, to_gpu=bool(asked.get("gpu")))
    if NAME[each] not in UNCOUNTED:
        each.set_params(code=code_used(each))
    for key in LIGHT:
        each.resources[key] = growing(asked[key])
