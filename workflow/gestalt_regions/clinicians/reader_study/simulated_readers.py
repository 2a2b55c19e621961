"""Simulated readers with known effects: they answer a reader study, and no person did.

A reader first names the true class with log-odds skill + ease of the face, else another class. Where the network says
something else, the reader takes that over with log-odds trust + discernment where it is right, and trust - discernment
where it is wrong. Explanations add to both: to trust (over-trust) and to discernment (the gain).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from gestalt_regions.clinicians.reader_study.study_files import ALONE, EXPLAINED, OTHERS, digest, read_design
from gestalt_regions.core.io import write_text
from gestalt_regions.core.seeds import generator

BASE = 18.0  # seconds of a first answer, median
DAY = "2026-01-01"


@dataclass(frozen=True)
class Effects:
    """What is true of the simulated readers (config reader_study.effects).

    Attributes
    ----------
    skill, skill_spread : float
        Log-odds of the true class before any aid, of a face of middling difficulty; standard deviation over readers.
    difficulty_spread : float
        Standard deviation over faces, log-odds.
    trust, trust_spread : float
        Log-odds of taking over what the network says where it differs; standard deviation over readers.
    discernment : float
        Added to trust where the network is right, taken off where it is wrong.
    explanations_trust, explanations_discernment : float
        What explanations add to trust and to discernment.
    lapse : float
        Share of answers that are given at random.
    control_rated_lower : float
        By how many levels a control map is rated below an explanation, before rounding.
    """

    skill: float = 0.0
    skill_spread: float = 0.7
    difficulty_spread: float = 1.0
    trust: float = 0.0
    trust_spread: float = 0.8
    discernment: float = 0.5
    explanations_trust: float = 0.3
    explanations_discernment: float = 0.3
    lapse: float = 0.02
    control_rated_lower: float = 0.8


@dataclass(frozen=True)
class Faces:
    """What a study shows, as numbers: places among the classes.

    Attributes
    ----------
    true, said : numpy.ndarray
        Class of each face and what the network says [faces].
    classes : int
        How many there are.
    """

    true: np.ndarray
    said: np.ndarray
    classes: int

    @classmethod
    def of(cls, design: Mapping[str, Any]) -> Faces:
        """Take the faces from a design.

        Parameters
        ----------
        design : mapping
            design.json.

        Returns
        -------
        Faces
            In the order of the items.
        """
        place = {name: number for number, name in enumerate(design["classes"])}
        true = np.array([place[item["true"]] for item in design["items"]])
        said = np.array([place[item["ai"][0][0]] for item in design["items"]])
        return cls(true, said, len(place))


@dataclass(frozen=True)
class Answered:
    """Answers of simulated readers as numbers [readers, faces].

    Attributes
    ----------
    before, after : numpy.ndarray
        Place of the class that is named; -1 for none of the classes.
    certainty : numpy.ndarray
        Log-odds of the first answer, from which confidence follows.
    """

    before: np.ndarray
    after: np.ndarray
    certainty: np.ndarray


def arms_of(sequences: np.ndarray, faces: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """In which arm and at which position each reader sees each face.

    Parameters
    ----------
    sequences : numpy.ndarray of str
        Of each reader, as in the design.
    faces : int
        How many are shown.
    rng : numpy.random.Generator
        Draws the order of the faces.

    Returns
    -------
    tuple of numpy.ndarray
        Whether explanations are shown, bool [readers, faces]; and the position from 1, int [readers, faces].
    """
    position = 1 + rng.permuted(np.tile(np.arange(faces), (len(sequences), 1)), axis=1)
    first = np.array([name.startswith(EXPLAINED) for name in sequences])[:, None]
    crossover = np.array([name.endswith("_first") for name in sequences])[:, None]
    late = crossover & (position > faces // 2)
    return first ^ late, position


def answer(faces: Faces, explained: np.ndarray, effects: Effects, rng: np.random.Generator) -> Answered:
    """Let simulated readers answer.

    Parameters
    ----------
    faces : Faces
        What is shown.
    explained : numpy.ndarray of bool [readers, faces]
        Where explanations are shown.
    effects : Effects
        What is true of the readers.
    rng : numpy.random.Generator
        Draws readers, faces and answers.

    Returns
    -------
    Answered
        First and second answers.
    """
    readers, count = explained.shape
    skill = rng.normal(effects.skill, effects.skill_spread, (readers, 1))
    ease = rng.normal(0, effects.difficulty_spread, (1, count))
    trust = rng.normal(effects.trust, effects.trust_spread, (readers, 1))
    certainty = skill + ease
    shape = certainty.shape

    other = (faces.true + rng.integers(1, faces.classes, shape)) % faces.classes
    other = np.where(rng.random(shape) < 0.2, -1, other)
    before = np.where(rng.random(shape) < expit(certainty), faces.true, other)
    before = np.where(rng.random(shape) < effects.lapse, rng.integers(0, faces.classes, shape), before)

    sign = np.where(faces.said == faces.true, 1, -1)
    trust = trust + effects.explanations_trust * explained
    discernment = effects.discernment + effects.explanations_discernment * explained
    takes = rng.random(shape) < expit(trust + sign * discernment)
    after = np.where(takes, faces.said, before)
    after = np.where(rng.random(shape) < effects.lapse, rng.integers(0, faces.classes, shape), after)
    return Answered(before, after, certainty)


def _named(place: int, classes: list[str], rng: np.random.Generator) -> str:
    return classes[place] if place >= 0 else OTHERS[rng.integers(len(OTHERS))]


def _given(place: int, certainty: float, design: Mapping[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """An answer as a file has it; who is more often right is more confident."""
    confidence = np.clip(55 + 12 * certainty + rng.normal(0, 12), 0, 100)
    milliseconds = round(1000 * BASE * np.exp(rng.normal(0, 0.5)))
    diagnosis = _named(place, design["classes"], rng)
    return {"diagnosis": diagnosis, "confidence": round(float(confidence)), "milliseconds": milliseconds}


def _level(mean: float, rng: np.random.Generator) -> int:
    return int(np.clip(round(float(mean + rng.normal(0, 0.9))), 1, 5))


def _ratings(
    item: Mapping[str, Any], questions: list[str], mild: float, effects: Effects, rng: np.random.Generator
) -> list:
    """Likert answers on the explanations of a face; `mild`: how much higher this reader rates in general."""
    rated = []
    for one in item["explanations"]:
        mean = 3.2 + mild - effects.control_rated_lower * one["control"]
        levels = {question: _level(mean - (question == "change_mind"), rng) for question in questions}
        unasked = {name: None for name in ("meaningful", "features", "change_mind", "trust") if name not in questions}
        rated.append({"explanation": one["explanation"], **levels, **unasked})
    return rated


def _composite(item: Mapping[str, Any], design: Mapping[str, Any], effects: Effects, rng: np.random.Generator) -> dict:
    """Answers on a composite, which is somewhat easier than a face."""
    right = rng.random() < expit(effects.skill + 0.5)
    others = [name for name in design["classes"] if name != item["class"]]
    named = item["class"] if right else others[rng.integers(len(others))]
    confidence = round(float(np.clip(60 + rng.normal(0, 15), 0, 100)))
    levels = {question: _level(3.4, rng) for question in ("recognisable", "typical")}
    return {"item": item["item"], "diagnosis": named, "confidence": confidence, **levels}


def _document(
    design: Mapping[str, Any], sequence: str, name: str, answers: list[dict], effects: Effects, rng: np.random.Generator
) -> dict[str, Any]:
    """A reader's file around the answers."""
    document = {
        "format": "gestalt-regions reader answers",
        "version": 1,
        "study": design["study"],
        "reader": name,
        "language": "en",
        "sequence": sequence,
        "simulated": True,
        "consent": True,
        "background": {"profession": "clinical_geneticist", "years": int(rng.integers(0, 31))},
        "started": f"{DAY}T10:00:00Z",
        "finished": f"{DAY}T10:40:00Z",
        "answers": answers,
        "composites": [_composite(item, design, effects, rng) for item in design["composites"]],
        "remarks": "SIMULATED reader",
    }
    return {**document, "digest": digest(document)}


def simulated_files(design: Mapping[str, Any], effects: Effects, readers: int, seed: int) -> dict[str, dict[str, Any]]:
    """Answer a study by simulated readers.

    Parameters
    ----------
    design : mapping
        design.json.
    effects : Effects
        What is true of them.
    readers : int
        How many. Where the design has fewer sequences, they are used again, by readers without a number.
    seed : int
        Seed of the study.

    Returns
    -------
    dict
        Name of a file -> its content, as the page would save it, with `simulated` true.
    """
    planned, items = design["sequences"], design["items"]
    sequences = np.array([planned[number % len(planned)] for number in range(readers)])
    # Not of the study's digest: a changed text of the page leaves a pilot as it was
    rng = generator(seed, "simulated readers")
    explained, position = arms_of(sequences, len(items), rng)
    answered = answer(Faces.of(design), explained, effects, rng)
    files = {}
    for number in range(readers):
        own, answers = generator(seed, "simulated reader", number + 1), []
        mild = own.normal(0, 0.5)
        for place in np.argsort(position[number]):
            before, after = answered.before[number, place], answered.after[number, place]
            certainty, shown = answered.certainty[number, place], explained[number, place]
            first = _given(before, certainty, design, own)
            second = _given(after, certainty + 0.8, design, own)
            if before == after:  # both kinds of no class are -1
                second["diagnosis"] = first["diagnosis"]
            answers.append(
                {
                    "item": items[place]["item"],
                    "position": int(position[number, place]),
                    "arm": EXPLAINED if shown else ALONE,
                    "before": first,
                    "after": {**second, "milliseconds": second["milliseconds"] // 2},
                    "explanations": _ratings(items[place], design["likert"], mild, effects, own) if shown else [],
                }
            )
        name = f"R{number + 1:02d}" if number < len(planned) else _code(number)
        document = _document(design, str(sequences[number]), name, answers, effects, own)
        files[f"answers_{design['study']}_{name}.json"] = document
    return files


def write_simulated(
    design_path: str | os.PathLike, folder: str | os.PathLike, *, effects: Mapping[str, float], readers: int, seed: int
) -> None:
    """Write the files of simulated readers.

    Parameters
    ----------
    design_path : path
        design.json.
    folder : path
        Where the files go.
    effects : mapping
        Config reader_study.effects.
    readers, seed : int
        How many; seed of the study.
    """
    design = read_design(design_path)
    for name, document in simulated_files(design, Effects(**effects), readers, seed).items():
        write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", Path(folder) / name)


def _code(number: int) -> str:
    """A reader's code without a number of the organiser: X and six letters."""
    letters = ""
    for _ in range(6):
        number, place = divmod(int(number), 26)
        letters = chr(ord("A") + place) + letters
    return f"X{letters}"
