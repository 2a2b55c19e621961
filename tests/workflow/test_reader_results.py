"""Which rules make the results of a reader study, and what is said where nobody has answered."""

from __future__ import annotations

import json

from clinicians.reader_files import made_answers, made_design

STUDY = "config/studies/reader_study.yaml"
READ = {"read_answers", "reader_measures", "reader_models", "reader_ratings", "reader_agreement", "reader_results"}
READ |= {"draw_reader_accuracy", "draw_reader_reliance", "draw_reader_likert"}
POWER = {"reader_power", "draw_reader_power"}


def study(place, **keys):
    """A study file with other keys of the section."""
    path = place.folder / "other.yaml"
    path.write_text(json.dumps({"reader_study": keys}))
    return STUDY, str(path)


def test_simulated_readers_answer_until_there_is_a_folder(workdir):
    place = workdir("reader_results")
    planned = place.planned("reader_results", studies=(STUDY,))
    assert planned.keys() >= READ | POWER | {"simulate_readers", "reader_kit"}
    folder = place.folder / "saved"
    folder.mkdir()
    (folder / "answers.json").write_text(json.dumps(made_answers(made_design())))
    planned = place.planned("reader_results", studies=study(place, answers="saved"))
    assert planned.keys() >= READ | POWER and "simulate_readers" not in planned


def test_without_answers_the_message_says_what_to_do(workdir):
    place = workdir("reader_results_none")
    said = place.snakemake("reader_results", "-n", studies=study(place, simulated_readers=0), check=False)
    assert "nobody has answered; name a folder in config reader_study.answers" in said.stdout + said.stderr
    said = place.snakemake("reader_results", "-n", studies=study(place, answers="saved"), check=False)
    assert "saved: no such folder" in said.stdout + said.stderr
    said = place.snakemake("reader_results", "-n", check=False)
    assert "no section reader_study" in said.stdout + said.stderr
