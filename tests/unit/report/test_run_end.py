"""What a run says at its end."""

from __future__ import annotations

from pathlib import Path

from gestalt_regions.core import io
from gestalt_regions.report.findings.finding import Finding, findings_table
from gestalt_regions.report.run_end import said_at_the_end

FOUND = [
    Finding("simulated", "studied", "warning", "No number is about patients."),
    Finding("accuracy", "recognition", "finding", "Right.", short="accuracy 0.86 [0.81, 0.90]", model="net"),
]


def write_page(path) -> None:
    io.write_text("<html>", Path(path))


def test_a_run_ends_with_its_report_and_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_page("results/a/report/index.html")
    io.write_table(findings_table(FOUND), "results/a/report/files/SIMULATED_findings.csv")
    page, found = said_at_the_end(["results/a/samples.csv", "results/a/report"])
    assert page == "Report: results/a/report/index.html (open it in a browser)"
    assert found == "Found: SIMULATED: accuracy 0.86 [0.81, 0.90]; 0 warnings, 0 things not shown."


def test_a_run_without_a_report_ends_silently(tmp_path):
    assert said_at_the_end(["results/a/tables/table3.csv", "results/a/old_report"]) == []


def test_a_page_of_another_kind_without_findings_is_only_named(tmp_path):
    page = f"{tmp_path}/report/index.html"
    write_page(page)
    assert said_at_the_end([f"{tmp_path}/report"]) == [f"Report: {page} (open it in a browser)"]


def test_what_is_not_there_is_not_claimed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert said_at_the_end(["results/a/report", "results/a/net/cases/x/index.html"]) == []


def test_a_run_of_cases_ends_with_their_pages(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pages = [f"results/a/net/cases/face_{number:02}/index.html" for number in range(12)]
    for page in pages:
        write_page(page)
    assert said_at_the_end(pages[:1]) == [f"Case: {pages[0]} (open it in a browser)"]
    assert said_at_the_end([*pages, "results/a/net/cases/x/data/case.json"])[-1] == "and 2 more cases beside it"
