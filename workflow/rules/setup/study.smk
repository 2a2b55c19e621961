# Checks the config once and as a whole, and names what all other files speak of.
import os
import re
import sys
from pathlib import Path

from gestalt_regions.jobs import runs
from gestalt_regions.jobs.provenance import ASKED
from gestalt_regions.assets.fetching import choose_look
from gestalt_regions.cohort.readers.reader_registry import load_readers
from gestalt_regions.evaluation import measure_registry
from gestalt_regions.saliency.method_registry import explained_models
from gestalt_regions.statistics.analyses.analysis_registry import ANALYSES
from gestalt_regions.statistics.syndrome_maps.map_variants import MAP_VARIANTS
from gestalt_regions.study.labelled_models import binary_models, specialised_models
from gestalt_regions.study.study import prepare

runs.follow() if workflow.subprocess_exec else runs.announce()

# A bad config or table ends here, with a message that names key or line; the schema's defaults are filled in.
STUDY = prepare(config, CODE, AT_CODE, starts=workflow.is_main_process)
config.update(STUDY.config)
ASSETS = STUDY.assets  # the manifest of resources/assets.yaml

# The cohort. RENDERED: it is simulated, so its truth is known.
COHORT = config["cohort"]["name"]
RENDERED = config["cohort"]["kind"] == "synthetic"
READERS = load_readers()
READER = None if RENDERED else READERS[config["cohort"]["kind"]]
DENSE = config["faces"].get("alignment") == "dense"  # faces are aligned by 106 landmarks
MATCHING_ALONE = not config["statistics"]["control"]  # without a control class nothing is trained, matching is left
COMPARED = config["evaluation"]["compare"] or [COHORT]  # cohorts that are compared with each other
if RENDERED:
    config["cohort"]["look"], why = choose_look(config["cohort"]["look"], config["assets"]["local"], "results/assets")
    if why and workflow.is_main_process:
        print(f"gestalt-regions: CC0-only look, because {why} (config cohort.look: auto)", file=sys.stderr)

# Networks, saliency methods, regions. EVALUATED: methods and controls, which only the evaluation's tables have.
MODELS = explained_models(config)
WITH_LABELS = list(STUDY.labelled)  # models with labels of their own: in the tables of DeepGestalt alone
BINARY, SPECIALISED = binary_models(STUDY.labelled), specialised_models(STUDY.labelled)  # one class; a column
NETWORKS = [name for name in STUDY.networks if name not in WITH_LABELS]  # every training run of every model
AGGREGATES = [network for network in STUDY.networks if STUDY.experts(network)]  # joined from others, not trained
TRAINED = [network for network in STUDY.networks if network not in AGGREGATES]
FOLDS = [str(k) for k in range(1, config["folds"]["n"] + 1)]
METHODS = list(config["saliency"]["methods"])
MADE = list(STUDY.methods)  # those of METHODS, and further ones that the evaluation alone looks at
PICTURED = [method for method in MADE if STUDY.registered(method).pictures]
VALUED = [method for method in PICTURED if STUDY.registered(method).logits]  # and a value of each region in logits
EVALUATED = STUDY.evaluated
CONTROLS = [method for method in EVALUATED if STUDY.is_control(method)]
UNTRAINED = [method for method in EVALUATED if method not in CONTROLS]  # run on untrained networks, too
AVERAGED = STUDY.averaged  # methods and controls whose maps are averaged over the people of a syndrome
REGION_SETS = config["coefficients"]["sets"]
POLICIES = config["coefficients"]["policies"]

# The evaluation: groups of measures. PAIRED: groups with measures of pairs of regions, pooled over images.
GROUPS = STUDY.groups
PRIORS = STUDY.priors  # controls that are no maps, in the groups that are compared with a truth
MEASURES = measure_registry.described(GROUPS)
PAIRED = [group for group in GROUPS if any(m["group"] == group and m["pooled"] for m in MEASURES.values())]
SHOWN = config["evaluation"]["show"]
RANKED_SET = next((name for name in reversed(SHOWN["sets"]) if name in REGION_SETS), "")

# Matching of faces by their encodings.
ENCODERS = list(config["matching"]["encoders"])

# Further test sets. Their rules are read where there are any.
TEST_SETS = STUDY.test_sets

# Studies with clinicians. Their rules are read where the config has such a section, and no other result depends on it.
OF_CLINICIANS = ("reader_study", "eye_tracking")

SEED = config["run"]["seed"]
PRECISION = config["run"]["precision"]  # that trained networks compute in
BOOTSTRAP = config["statistics"]["bootstrap"]


wildcard_constraints:
    cohort=re.escape(COHORT),
    model="|".join(map(re.escape, NETWORKS)),
    method="|".join(map(re.escape, dict.fromkeys([*MADE, *EVALUATED]))),
    fold=r"[1-9][0-9]*",
    shard=r"[1-9][0-9]*",
    size=r"[1-9][0-9]*",
    regions="|".join(map(re.escape, REGION_SETS)),
    encoder="|".join(map(re.escape, ENCODERS)),
