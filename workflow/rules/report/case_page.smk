# index.html of a case: what the networks say of one new photograph, on one page that needs no other file.

CASE_TEMPLATES = [
    of_code(f"workflow/report/site/{name}")
    for name in (
        "base.html.j2",
        "style.css",
        "site.js",
        "case.css",
        "case.js",
        "case.html.j2",
        "case_answer.html.j2",
        "case_base.html.j2",
        "case_photograph.html.j2",
        "case_reasons.html.j2",
        "case_refused.html.j2",
        "case_rest.html.j2",
        "case_short.html.j2",
    )
]


rule case_page:
    input:
        **rules.explain_case.output,
        templates=CASE_TEMPLATES,
    output:
        page="results/{cohort}/{model}/cases/{case}/index.html",
    log:
        "results/logs/{cohort}/{model}/cases/{case}-page.log",
    wildcard_constraints:
        case=r"[^/]+",
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "Page of the case {wildcards.case}, explained by {wildcards.model}"
    script:
        "../../scripts/case_page.py"
