"""An edit rebuilds what depends on it and nothing else: the list of rebuilt rules for typical edits."""

from __future__ import annotations

import shutil

import pytest

STUDY = ("config/studies/smoke.yaml",)
TABLES = {"classification", "rq1", "rq2"}
SHOWN = {"report_site", "time_stages", "all"}
RATED = {"rate", "annotate", "rater_truth", "rq2", "draw_heatmaps", "draw_case", "analyse"}
CHECKS = {"probe_leaks", "parsing_truth", "rater_truth"}
PRINTED = TABLES | CHECKS | {"draw_boxplots", "draw_heatmaps", "analyse"}
DRAWN = {"draw_maps", "draw_boxplots", "draw_heatmaps"}
COEFFICIENTS = {"coefficients", "same_maps", "rq1", "rq2", "draw_boxplots", "draw_heatmaps", "draw_case", "analyse"}
SALIENCY = COEFFICIENTS | {"saliency", "draw_maps"}
MODELS = SALIENCY | {"train", "classification"}
PACKAGE = "workflow/gestalt_regions"


@pytest.fixture(scope="module")
def edited(copy_smoke, workdir, root):
    """edited(file, old, new): the rules that a dry run of the finished smoke study would run after that edit."""
    place = workdir("edits")
    for name in ("config", "resources", "workflow", "envs"):
        (place.folder / name).unlink(missing_ok=True)
        shutil.copytree(root / name, place.folder / name)
    shutil.copy2(root / "Snakefile", place.folder / "Snakefile")
    (place.folder / "profiles").symlink_to("workflow/profiles")
    place.root = place.folder
    copy_smoke(place.folder)

    def plan(file: str, old: str, new: str) -> set[str]:
        path = place.folder / file
        text = path.read_text()
        assert old in text, (file, old)
        path.write_text(text.replace(old, new, 1))
        try:
            return set(place.planned(studies=STUDY))
        finally:
            path.write_text(text)

    return plan


def test_nothing_is_rebuilt_without_an_edit_or_for_a_comment(edited):
    assert edited("config/config.yaml", "run:", "run:") == set()
    assert edited(f"{PACKAGE}/statistics/table3_rq1.py", "def run", "# a comment\ndef run") == set()
    assert edited(f"{PACKAGE}/core/io.py", "with a fixed float format", "with one float format") == set()


@pytest.mark.parametrize(
    ("file", "old", "new", "rebuilt"),
    [
        # parameters
        ("config/studies/smoke.yaml", "window: 28", "window: 56", SALIENCY | SHOWN),
        ("config/studies/smoke.yaml", "epochs: 3", "epochs: 4", MODELS | SHOWN),
        ("config/config.yaml", "false_alarm: 0.04", "false_alarm: 0.05", RATED | SHOWN),
        ("config/config.yaml", "colormap: inferno", "colormap: viridis", {"draw_maps"} | SHOWN),
        ("config/config.yaml", "zero_division: undefined", "zero_division: zero", {"classification"} | SHOWN),
        # code
        (f"{PACKAGE}/saliency/methods/cam.py", "if relu", "if bool(relu)", SALIENCY | SHOWN),
        (f"{PACKAGE}/models/architectures/resnet_morph.py", "(127.5,) * 3", "(127.0,) * 3", MODELS | SHOWN),
        (f"{PACKAGE}/regions/coefficients.py", "areas > 0)", "areas >= 1)", COEFFICIENTS | SHOWN),
        (f"{PACKAGE}/statistics/toolkit/latex.py", "toprule", "toprule ", PRINTED | SHOWN),
        (f"{PACKAGE}/figures/figure6_boxplots.py", "def draw", "EXTRA = 1\n\n\ndef draw", set()),
        (f"{PACKAGE}/report/web/parts.py", "{value:.4g}", "{value:.5g}", SHOWN),
    ],
)
def test_an_edit_rebuilds_what_depends_on_it(edited, file, old, new, rebuilt):
    assert edited(file, old, new) == rebuilt
