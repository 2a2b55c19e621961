"""Tables of everything that can be named in a config, from the registries and from resources/."""

from __future__ import annotations

from pathlib import Path

import yaml
from gestalt_regions.evaluation.measure_registry import GROUPS, RENDERED, load_measures
from gestalt_regions.faces.detector_registry import DETECTORS
from gestalt_regions.hpo.facial_terms import TERM_REGIONS, read_terms
from gestalt_regions.models.backbones import BACKBONES, TRAITS
from gestalt_regions.saliency.method_registry import NEEDS, TAKES, load_methods
from gestalt_regions.saliency.parameter_ranges import in_words
from gestalt_regions.statistics.analyses.analysis_registry import ANALYSES
from markdown_table import code, markdown_table

ROOT = Path(__file__).parents[2]


def saliency_methods() -> str:
    """Every registered saliency method in one line, with its parameters, what it needs of a network, and is given."""
    rows = []
    for method in sorted(load_methods().values(), key=lambda each: (each.family, each.name)):
        parameters = ", ".join(f"{name}={value!r}" for name, value in method.parameters.items())
        needs = ", ".join([*(NEEDS[need][1] for need in method.needs), *(TAKES[each] for each in method.takes)])
        ranges = "; ".join(f"{code(name)}: {in_words(rule)}" for name, rule in method.ranges.items())
        parameters = code(parameters) if parameters else ""
        formula = (method.run.__doc__ or "").strip().splitlines()[0]
        kind = [code(method.name), formula, method.family, method.attribution, method.paper]
        rows.append([*kind, parameters, ranges, needs])
    header = ["method", "in one line", "family", "attribution", "paper", "parameters", "range", "needs"]
    return markdown_table(header, rows)


def backbones() -> str:
    """Every registered network."""
    rows = [
        [
            *(code(each.name), each.size, each.paper, each.licence, ", ".join(each.traits)),
            *(", ".join(map(code, each.layers)), ", ".join(each.options), each.caution),
        ]
        for each in BACKBONES.values()
    ]
    return markdown_table(
        ["network", "crop, pixels", "paper", "licence", "traits", "layers", "options", "caution"], rows
    )


def network_traits() -> str:
    """What a saliency method may ask of a network."""
    return markdown_table(["trait", "meaning"], [[code(name), text] for name, text in TRAITS.items()])


def detectors() -> str:
    """Every registered face detector with its licence and paper."""
    return "\n".join(
        f"- {code(name)}: licence: {each.licence}; paper: {each.paper}" for name, each in DETECTORS.items()
    )


def evaluation_groups() -> str:
    """Groups of measures, and the question of each."""
    rows = []
    for name, question in GROUPS.items():
        members = sum(measure.group == name for measure in load_measures().values())
        rows.append([code(name), question, "yes" if name in RENDERED else "no", members])
    return markdown_table(["group", "question", "needs a rendered cohort", "measures"], rows)


def measures() -> str:
    """Every registered measure."""
    rows = []
    for each in sorted(load_measures().values(), key=lambda each: (list(GROUPS).index(each.group), each.name)):
        low, high = each.range
        direction = "higher is better" if each.direction > 0 else "lower is better"
        ranked = "yes" if each.ranked else "no"
        rows.append([code(each.name), each.group, direction, f"{low:g} to {high:g}", each.paper, ranked])
    return markdown_table(["measure", "group", "direction", "range", "source", "methods are ranked by it"], rows)


def analyses() -> str:
    """The analyses beyond the paper's tables."""
    rows = [[code(name), each.caption] for name, each in ANALYSES.items()]
    return markdown_table(["target", "table"], rows)


def region_sets() -> str:
    """The sets of resources/regions.yaml."""
    sets = yaml.safe_load((ROOT / "resources/regions.yaml").read_text(encoding="utf-8"))
    rows = [[code(name), entry["about"], ", ".join(entry["regions"])] for name, entry in sets.items()]
    return markdown_table(["set", "what it is", "regions"], rows)


def assets() -> str:
    """What the workflow fetches, with licences."""
    entries = yaml.safe_load((ROOT / "resources/assets.yaml").read_text(encoding="utf-8"))
    rows = [
        [each["about"], f"{each['package']} {each['version']}", each["licence"], code(name)]
        for name, each in entries.items()
    ]
    return markdown_table(["what", "package", "licence", "name in `assets.local`"], rows)


def signs() -> str:
    """Which HPO terms which simulated syndrome shows, and why the others cannot be shown."""
    terms = read_terms(ROOT / "resources/hpo_terms.csv")
    files = sorted((ROOT / "resources/syndromes").glob("*.yaml"))
    recipes = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in files]
    paper = terms[terms["table1"] == "yes"]
    shown = {name for recipe in recipes for name in recipe["terms"]}
    parts = [f"{len(shown)} terms are shown, {paper['term'].isin(shown).sum()} of them of the paper's {len(paper)}."]
    for region in TERM_REGIONS:
        rows = []
        for row in terms[terms["region"] == region].itertuples():
            shown_by = []
            for recipe in recipes:
                if term := recipe["terms"].get(row.term):
                    share = f"{term['frequency']:.2g}"
                    shown_by.append(f"{recipe['label']} {f'*{share}*' if term['source'] == 'chosen' else share}")
            name = f"**{row.term}**" if row.table1 == "yes" else row.term
            rows.append([name, row.hpo_id, ", ".join(shown_by), row.inexpressible])
        table = markdown_table(["term", "id", "shown by", "not shown, because"], rows)
        parts.append(f"## {region.capitalize()}\n\n{table}")
    return "\n\n".join(parts)
