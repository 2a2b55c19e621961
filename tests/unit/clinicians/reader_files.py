"""A small design and one reader's answers, as a study would write them."""

from __future__ import annotations

from typing import Any

from gestalt_regions.clinicians.reader_study.study_files import digest

STUDY = "0123456789abcdef"
CLASSES = ["22q11DS", "NS", "WS", "Unaffected"]


def made_item(number: int) -> dict[str, Any]:
    """A face: every third answer of the AI is wrong, every fourth face has a control map."""
    true, right = CLASSES[number % len(CLASSES)], number % 3 != 0
    said = true if right else CLASSES[(number + 1) % len(CLASSES)]
    other = next(name for name in CLASSES if name != said)
    item = f"F{number:02d}"
    maps = [{"explanation": f"{item}-A", "method": "MorphMean", "control": False}]
    if number % 4 == 0:
        maps.append({"explanation": f"{item}-B", "method": "Sobel", "control": True})
    return {
        "item": item,
        "sample_id": f"p{number:03d}",
        "true": true,
        "ai": [[said, 0.75], [other, 0.125]],
        "ai_right": right,
        "explanations": maps,
    }


def made_design(faces: int = 12, readers: int = 8, design: str = "parallel") -> dict[str, Any]:
    """A design of `faces` faces, in which sequences alternate."""
    sequences = ["ai_alone", "ai_with_explanations"]
    if design == "crossover":
        sequences = [f"{arm}_first" for arm in sequences]
    return {
        "format": "gestalt-regions reader study",
        "version": 1,
        "study": STUDY,
        "simulated_faces": True,
        "cohort": "simulated",
        "model": "resnet18_morph",
        "design": design,
        "arms": ["ai_alone", "ai_with_explanations"],
        "classes": CLASSES,
        "sequences": [sequences[number % 2] for number in range(readers)],
        "items": [made_item(number) for number in range(1, faces + 1)],
        "composites": [{"item": f"C{number:02d}", "class": name} for number, name in enumerate(CLASSES, 1)],
        "likert": ["meaningful", "features", "change_mind", "trust"],
        "levels": 5,
    }


def made_answers(design: dict[str, Any], number: int = 2) -> dict[str, Any]:
    """The file of reader `number`, who says what the AI says and finds every map so-so."""
    sequence = design["sequences"][number - 1]
    answers = []
    for position, item in enumerate(design["items"], 1):
        arm = sequence.removesuffix("_first")
        if sequence.endswith("_first") and position > len(design["items"]) // 2:
            arm = next(other for other in design["arms"] if other != arm)
        said = {"diagnosis": item["ai"][0][0], "confidence": 60, "milliseconds": 21500}
        shown = item["explanations"] if arm == "ai_with_explanations" else []
        ratings = [
            {"explanation": one["explanation"], "meaningful": 3, "features": 3, "change_mind": 2, "trust": 3}
            for one in shown
        ]
        answers.append(
            {
                "item": item["item"],
                "position": position,
                "arm": arm,
                "before": {**said, "diagnosis": "cannot_say"},
                "after": said,
                "explanations": ratings,
            }
        )
    document = {
        "format": "gestalt-regions reader answers",
        "version": 1,
        "study": design["study"],
        "reader": f"R{number:02d}",
        "language": "de",
        "sequence": sequence,
        "simulated": True,
        "consent": True,
        "background": {"profession": "clinical_geneticist", "years": 7},
        "started": "2026-11-29T10:00:00.000Z",
        "finished": "2026-11-29T10:40:00Z",
        "answers": answers,
        "composites": [
            {"item": one["item"], "diagnosis": one["class"], "confidence": 70, "recognisable": 4, "typical": 4}
            for one in design["composites"]
        ],
        "remarks": "Größe und Schärfe passten.",
    }
    return {**document, "digest": digest(document)}
