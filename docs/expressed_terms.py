"""Write docs/expressed_terms.md: which HPO terms which simulated syndrome shows, and which none can, and why.

python docs/expressed_terms.py > docs/expressed_terms.md
"""

import sys
from pathlib import Path

import yaml
from gestalt_regions.hpo.ratings import REGIONS, read_terms

ROOT = Path(__file__).parent.parent
HEAD = """# What the simulated faces show

Generated from `resources/hpo_terms.csv` and `resources/syndromes/` by `docs/expressed_terms.py`. Simulated: the table
says what the cohort's recipes do, not what patients have. A number is the share of subjects who show the term; in
*italics* it was chosen for this cohort, else HPO's annotation of the disease states it (a count, or the midpoint of a
category). **Bold** terms are Table 1 of Sümer et al. 2023.
"""


def main() -> None:
    terms = read_terms(ROOT / "resources/hpo_terms.csv")
    recipes = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "resources/syndromes").glob("*.yaml"))]
    paper = terms[terms["table1"] == "yes"]
    shown = {name for recipe in recipes for name in recipe["terms"]}
    lines = [
        HEAD,
        f"{len(shown)} terms are shown, {paper['term'].isin(shown).sum()} of them of the paper's {len(paper)}.\n",
    ]
    for region in REGIONS:
        lines += [f"\n## {region.capitalize()}\n", "| term | id | shown by | not shown, because |", "|---|---|---|---|"]
        for row in terms[terms["region"] == region].itertuples():
            found = [(r["label"], r["terms"][row.term]) for r in recipes if row.term in r["terms"]]
            by = ", ".join(
                f"{label} *{t['frequency']:.2g}*" if t["source"] == "chosen" else f"{label} {t['frequency']:.2g}"
                for label, t in found
            )
            name = f"**{row.term}**" if row.table1 == "yes" else row.term
            lines.append(f"| {name} | {row.hpo_id} | {by} | {row.inexpressible} |")
    sys.stdout.write("\n".join(lines) + "\n")


main()
