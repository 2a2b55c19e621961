"""Simulated people, many photographs of each, none in any study: a folder for each person, as CASIA-WebFace comes.

A person is as ordinary as the unaffected people of a study: same shapes, looks and ranges of photographs, but drawn
from seeds of their own. So nothing that pretraining shows an expert is a sign of a syndrome.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from gestalt_regions.cohort.simulated.cohort_steps import head_shape
from gestalt_regions.cohort.simulated.head import appearance
from gestalt_regions.cohort.simulated.head.head_model import HeadModel
from gestalt_regions.cohort.simulated.people.subjects import ANCESTRIES, SEXES, Person
from gestalt_regions.cohort.simulated.photo import views
from gestalt_regions.cohort.simulated.photo.scene import Look, View
from gestalt_regions.core.progress import Progress
from gestalt_regions.core.seeds import derive, generator
from gestalt_regions.pretraining.face_ranges import part


def simulated_person(seed: int, number: int, ages: tuple[float, float]) -> Person:
    """Who has a number: a family of one.

    Parameters
    ----------
    seed : int
        The stream of identity pretraining alone.
    number : int
        From 0.
    ages : tuple of float
        Youngest and oldest, years.

    Returns
    -------
    Person
        The same of all photographs, also in age.
    """
    random = generator(seed, "person", number)
    ancestry, sex = str(random.choice(ANCESTRIES)), str(random.choice(SEXES))
    name = f"identity-{number + 1:06d}"
    youngest, oldest = ages
    return Person(name, name, ancestry, sex, float(random.uniform(youngest, oldest)))


def scene_of_person(
    model: HeadModel, person: Person, photograph: int, *, cohort: Mapping, seed: int
) -> tuple[dict[str, float], Look, View]:
    """What a photograph of a person is made of.

    Parameters
    ----------
    model : HeadModel
        The head.
    person : Person
        Of `simulated_person`.
    photograph : int
        From 1.
    cohort : mapping
        Of config cohort: photos, identity_spread.
    seed : int
        As in `simulated_person`.

    Returns
    -------
    weights : dict
        Morph target -> weight.
    look : Look
        Appearance apart from shape; the person's own.
    view : View
        Pose, camera, light, expression and loss; the photograph's own.
    """
    view = views.view(seed, f"{person.subject_id}-{photograph}", cohort["photos"])
    spread = {"identity_spread": cohort["identity_spread"], "kin_share": 0.0}
    weights = head_shape(model, person, view.expression, cohort=spread, seed=seed, attempt=1)
    return weights, appearance.look(seed, person, model.look), view


def render_people(
    head: str | Path,
    output: str | Path,
    *,
    shard: int,
    shards: int,
    people: int,
    photographs: int,
    cohort: Mapping,
    seed: int,
) -> None:
    """Write a shard's folder: a folder for each person, with photographs 01.png, 02.png, ...

    Parameters
    ----------
    head : str or Path
        The head model.
    output : str or Path
        The folder.
    shard, shards : int
        1..shards, and how many.
    people, photographs : int
        All people, and how many photographs each has.
    cohort : mapping
        Of config cohort: photos, identity_spread, ages, size.
    seed : int
        The study's.
    """
    from gestalt_regions.cohort.simulated.photo.render import Studio  # VTK is needed here alone

    views.check_ranges(cohort["photos"])
    model, seed = HeadModel(head), derive(seed, "identities")
    studio, numbers = Studio(model, cohort["size"]), part(people, shards, shard)
    progress = Progress(len(numbers) * photographs, "photographs")
    output = Path(output)
    folder = output.with_name(f".{output.name}.{os.getpid()}.tmp")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        for number in numbers:
            person = simulated_person(seed, number, cohort["ages"])
            (folder / person.subject_id).mkdir()
            for photograph in range(1, photographs + 1):
                scene = scene_of_person(model, person, photograph, cohort=cohort, seed=seed)
                shot = studio.photo(*scene, truth=False)
                name = folder / person.subject_id / f"{photograph:02d}.png"
                Image.fromarray(shot.photo).save(name, compress_level=1)
                progress.update()
        shutil.rmtree(output, ignore_errors=True)
        os.replace(folder, output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
