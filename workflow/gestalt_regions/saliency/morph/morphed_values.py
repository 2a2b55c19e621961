"""How much of a target's logit each region of a face carries: the drop when its sign is taken away."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import stats

from gestalt_regions.core.errors import InputError
from gestalt_regions.saliency.morph.face_changes import ChangedFace
from gestalt_regions.saliency.morph.region_signs import RegionSigns
from gestalt_regions.saliency.morph.shapley_values import shapley
from gestalt_regions.saliency.morph.typical_faces import Measured, Sign

Logits = Callable[[np.ndarray], np.ndarray]  # photographs uint8 [n, s, s, 3] -> [n, classes]

STRENGTHS = (0.5, 1.0, 1.5, 2.0, 2.5)
LEVEL = 0.95  # of intervals
KEPT = 0.7  # of a face's departure from the usual share of its class


@dataclass(frozen=True)
class Photograph:
    """A face to be explained.

    Attributes
    ----------
    crop : ndarray
        uint8 [s, s, 3].
    landmarks : ndarray
        [k, 2], pixels of a crop of SIDE pixels.
    pose : tuple of float
        Yaw and pitch, in the unit of the training photographs'; NaN counts as the mean.
    kin : str
        Its kin group, of which no donor is taken; "" is no group.
    """

    crop: np.ndarray
    landmarks: np.ndarray
    pose: tuple[float, float] = (math.nan, math.nan)
    kin: str = ""


@dataclass(frozen=True)
class RegionValues:
    """What the regions of one face are worth.

    Attributes
    ----------
    values, low, high : ndarray
        [R], logits; an interval, NaN where none was asked for.
    pictures : ndarray
        The face without each region's sign, uint8 [R, s, s, 3].
    strength : float
        By which signs were multiplied.
    rest : float
        Half of the interval of what no region explains; NaN where none was asked for.
    """

    values: np.ndarray
    low: np.ndarray
    high: np.ndarray
    pictures: np.ndarray
    strength: float
    rest: float = math.nan


def strength(face: ChangedFace, whole: Sign, logits: Callable[[np.ndarray], np.ndarray], level: float) -> float:
    """How often the whole face's sign must be taken away until the network takes the face for one of the comparison.

    Parameters
    ----------
    face : ChangedFace
        The face.
    whole : Sign
        Of the target class.
    logits : Callable
        Photographs -> the target's logits [n].
    level : float
        The mean of the target's logit in the comparison's training photographs.

    Returns
    -------
    float
        Interpolated between STRENGTHS; 0 if the face is below the level already, the last if it never gets there.
    """
    path = logits(np.stack([face.crop, *(face.without(whole * each) for each in STRENGTHS)]))
    reached = np.flatnonzero(path <= level)
    steps = (0.0, *STRENGTHS)
    if not len(reached):
        return steps[-1]
    j = int(reached[0])
    if j == 0:
        return 0.0
    return float(steps[j - 1] + (steps[j] - steps[j - 1]) * (path[j - 1] - level) / (path[j - 1] - path[j]))


class _Seen:
    """One face: what the network says of it, and of pictures of it, whatever the target."""

    def __init__(self, morph: MorphValues, photo: Photograph) -> None:
        self.morph, self.photo = morph, photo
        self.face = ChangedFace(morph.signs.faces.mean, photo.crop, photo.landmarks)
        self._predicted: dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]] = {}

    @cached_property
    def measured(self) -> tuple[Measured, Measured]:
        """The face and its mirror image."""
        return self.morph.signs.faces.measured(self.photo.landmarks, self.face.texture, self.photo.pose)

    @cached_property
    def answer(self) -> np.ndarray:
        """Logits of the photograph [classes]."""
        return self.morph.logits(self.photo.crop[None])[0]

    def predicted(self, others: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Each region as classes with this rest have it: pictures [R, sizes, s, s, 3], their logits [R, sizes, c]."""
        if tuple(others) not in self._predicted:
            signs = self.morph.signs.departures(self.measured, others)
            pictures = np.stack([[self.face.changed(-sign.shift, sign.texture) for sign in each] for each in signs])
            answers = self.morph.logits(pictures.reshape(-1, *self.photo.crop.shape))
            self._predicted[tuple(others)] = pictures, answers.reshape(*pictures.shape[:2], -1)
        return self._predicted[tuple(others)]


class _Question:
    """One face and one target: what is asked of the network again and again."""

    def __init__(self, seen: _Seen, target: int) -> None:
        self.seen, self.target = seen, target
        self.photo, self.morph, self.face = seen.photo, seen.morph, seen.face
        self.name, self.towards = self.morph.classes[target], self.morph.towards
        self.whole = self.morph.signs.faces.whole(self.name, self.towards)
        self.parts = self.morph.signs.signs(self.name, self.towards)
        self.others = self.morph.signs.faces.versus(self.name, self.towards)[1]

    def logits(self, pictures: np.ndarray) -> np.ndarray:
        """The target's logits [n]."""
        return self.morph.logits(pictures)[:, self.target].astype(np.float64)

    @property
    def measured(self) -> tuple[Measured, Measured]:
        """The face and its mirror image."""
        return self.seen.measured

    @property
    def plain(self) -> float:
        """The target's logit of the photograph."""
        return float(self.seen.answer[self.target])

    @cached_property
    def strength(self) -> float:
        """Of `strength`."""
        level = self.morph.level(self.target)
        return strength(self.face, self.whole, self.logits, level)


class MorphValues:
    """Asks one network about faces without the signs of their regions.

    Parameters
    ----------
    signs : RegionSigns
        Of the fold and the region set.
    logits : Callable
        Photographs uint8 [n, s, s, 3] -> logits [n, classes].
    towards : str
        The class that a face is moved towards; "" for the control, or the other classes if there is none.
    levels : dict, optional
        Where the network's mean answers to training photographs are kept, if others may ask the same network.
    """

    def __init__(
        self,
        signs: RegionSigns,
        logits: Logits,
        towards: str = "",
        levels: dict[tuple, np.ndarray] | None = None,
    ) -> None:
        self.signs, self.logits, self.towards = signs, logits, towards
        self.classes = list(signs.faces.photographs.classes)
        self._levels = {} if levels is None else levels
        self._asked: _Question | None = None

    def _question(self, photo: Photograph, target: int) -> _Question:
        """What was asked last is kept: several answers about one face share its warps and its logit."""
        last = self._asked
        if last is None or last.photo is not photo or last.target != target:
            seen = last.seen if last is not None and last.photo is photo else _Seen(self, photo)
            last = self._asked = _Question(seen, target)
        return last

    def compared_with(self, target: int) -> str:
        """What a class is compared with, in words.

        Parameters
        ----------
        target : int
            The class.

        Returns
        -------
        str
            The name of a class, or that it is the other classes.
        """
        return self.signs.faces.versus(self.classes[target], self.towards)[2]

    def level(self, target: int) -> float:
        """The mean of the target's logit in the training photographs of the comparison.

        Parameters
        ----------
        target : int
            The class.

        Returns
        -------
        float
            A logit.
        """
        p = self.signs.faces.photographs
        _, others, _ = self.signs.faces.versus(self.classes[target], self.towards)
        return float(self.once(tuple(others), lambda: self.logits(p.crops[np.isin(p.labels, others)]).mean(0))[target])

    def once(self, key: tuple, make: Callable[[], np.ndarray]) -> np.ndarray:
        """What is made once for each network.

        Parameters
        ----------
        key : tuple
            What it is, with all that it depends on.
        make : Callable
            Makes it.

        Returns
        -------
        ndarray
            Kept in `levels`.
        """
        if key not in self._levels:
            self._levels[key] = make()
        return self._levels[key]

    def above(self, photo: Photograph, target: int) -> float:
        """By how much the target's logit is above its mean in the comparison's training photographs.

        Parameters
        ----------
        photo : Photograph
            The face.
        target : int
            The class.

        Returns
        -------
        float
            What values of regions are a part of.
        """
        return self._question(photo, target).plain - self.level(target)

    def one_at_a_time(
        self, photo: Photograph, target: int, draws: int = 0, error: float = 0.0, seed: int = 0
    ) -> RegionValues:
        """The drop of the target's logit without each region's sign, one region at a time.

        Parameters
        ----------
        photo : Photograph
            The face.
        target : int
            The class.
        draws : int
            How often the landmarks are drawn again around the detected ones, for the interval; below 2 there is none.
        error : float
            Standard deviation of a landmark's error, pixels of a crop of SIDE pixels.
        seed : int
            Of the draws.

        Returns
        -------
        RegionValues
            The interval is the value -+ t times the standard deviation of the draws.
        """
        asked = self._question(photo, target)
        signs = [part * asked.strength for part in asked.parts]
        pictures = np.stack([asked.face.without(sign) for sign in signs])
        values = asked.plain - asked.logits(pictures) + 0.0  # no minus zero
        rng, drawn = np.random.default_rng(seed), []
        for _ in range(draws):
            points = photo.landmarks + rng.normal(0, error, photo.landmarks.shape)
            face = ChangedFace(self.signs.faces.mean, photo.crop, points)
            drawn.append(asked.plain - asked.logits(np.stack([face.without(sign) for sign in signs])))
        half = _half_width(np.array(drawn), mean=False) if draws > 1 else np.full(len(values), np.nan)
        return RegionValues(values, values - half, values + half, pictures, asked.strength)

    def over_orders(self, photo: Photograph, target: int, orders: int = 8, seed: int = 0) -> RegionValues:
        """Shapley values of the regions, with the rest of the face as one player more.

        Parameters
        ----------
        photo : Photograph
            The face.
        target : int
            The class.
        orders : int
            Random orders, each also reversed, where there are more than EXACT players.
        seed : int
            Of the orders.

        Returns
        -------
        RegionValues
            Without interval.
        """
        asked = self._question(photo, target)
        parts = [*asked.parts, self.signs.rest(asked.name, asked.towards)]
        nothing = asked.whole * 0.0
        stored: dict[tuple[bool, ...], np.ndarray] = {}

        def _worth(subsets: Sequence[tuple[bool, ...]]) -> np.ndarray:
            for subset in subsets:
                taken = sum((part for part, inside in zip(parts, subset, strict=True) if inside), nothing)
                stored[subset] = asked.face.without(taken * asked.strength)
            return -asked.logits(np.stack([stored[subset] for subset in subsets]))

        values = shapley(_worth, len(parts), orders, seed)[:-1]
        pictures = np.stack([asked.face.without(part * asked.strength) for part in asked.parts])
        unknown = np.full(len(values), np.nan)
        return RegionValues(values, unknown, unknown, pictures, asked.strength)

    def with_donors(self, photo: Photograph, target: int, donors: int = 12) -> RegionValues:
        """The mean drop when each region is that of faces of the comparison, fitted to this face.

        Parameters
        ----------
        photo : Photograph
            The face.
        target : int
            The class.
        donors : int
            How many; the nearest in the rest of the face, of no kin.

        Returns
        -------
        RegionValues
            The interval is a t-interval of the mean over donors. Pictures are those of the nearest donor.
        """
        asked = self._question(photo, target)
        rows, pictures = self._donors(photo, asked.others), []
        for given in self.signs.given_rest:
            scores = given.scores(asked.measured[0])
            for row in rows[np.argsort(given.distances(scores, rows), kind="stable")[:donors]]:
                sign = given.donor_sign(asked.measured[0], scores, int(row))
                pictures.append(asked.face.changed(-sign.shift, sign.texture))
        stack = np.stack(pictures).reshape(len(self.signs.given_rest), -1, *photo.crop.shape)
        drops = asked.plain - asked.logits(np.stack(pictures)).reshape(len(stack), -1).T
        values = drops.mean(0)
        half = _half_width(drops, mean=True) if len(drops) > 1 else np.full(len(values), np.nan)
        return RegionValues(values, values - half, values + half, stack[:, 0], 1.0)

    def _donors(self, photo: Photograph, others: Sequence[int]) -> np.ndarray:
        """Rows of the comparison's training photographs and their mirror images, without the face's kin."""
        faces = self.signs.faces
        rows = np.flatnonzero(np.isin(faces.labels, others) & ((faces.kin != photo.kin) | (faces.kin == "")))
        if not len(rows):
            raise InputError(f"no donor is left for a face of kin group '{photo.kin}': all photographs are of its kin")
        return rows

    def predicted(self, photo: Photograph, target: int) -> RegionValues:
        """The drop when each region becomes what faces of the comparison with this rest of the face have.

        Parameters
        ----------
        photo : Photograph
            The face.
        target : int
            The class.

        Returns
        -------
        RegionValues
            The mean over predictions of all sizes, with their range as interval. Pictures are of the first.
        """
        asked = self._question(photo, target)
        pictures, answers = asked.seen.predicted(asked.others)
        drops = asked.plain - answers[..., target].astype(np.float64)
        return RegionValues(drops.mean(1), drops.min(1), drops.max(1), pictures[:, 0], 1.0)

    def _two_ways(self, photo: Photograph, target: int) -> tuple[RegionValues, np.ndarray]:
        """The mean of `one_at_a_time` and `predicted`, and the three drops that it is of [3, R]."""
        morph, given = self.one_at_a_time(photo, target), self.predicted(photo, target)
        drops = np.stack([morph.values, given.low, given.high])
        return replace(morph, values=(morph.values + given.values) / 2), drops

    def shares(self, target: int, faces: int) -> np.ndarray:
        """Which share of the logit above the comparison's each region holds in training faces of the class.

        By least squares through 0: the share b of region r minimises sum over faces of (value_r - b s)^2, with s the
        target's logit less the comparison's mean.

        Parameters
        ----------
        target : int
            The class.
        faces : int
            Training photographs at most, one of each subject.

        Returns
        -------
        ndarray
            [R]; made once for each network.
        """
        return self.once(("shares", self.signs.names, target, faces, self.towards), lambda: self._shares(target, faces))

    def _shares(self, target: int, faces: int) -> np.ndarray:
        p = self.signs.faces.photographs
        rows = np.flatnonzero(p.labels == target)
        rows = np.sort(rows[np.unique(p.subjects[rows], return_index=True)[1]])[:faces]
        photos = [Photograph(p.crops[i], p.landmarks[i], tuple(p.pose[i]), str(p.kin[i])) for i in rows]
        values = np.stack([self._two_ways(photo, target)[0].values for photo in photos])
        above = self.logits(p.crops[rows])[:, target] - self.level(target)
        return (above @ values) / max(float(above @ above), 1e-12)

    def mean(self, photo: Photograph, target: int, faces: int) -> RegionValues:
        """The mean of two ways to take a region's sign away, drawn towards the region's usual share of the logit.

        With V the mean of `one_at_a_time` and `predicted`, s the target's logit above the comparison's mean and b the
        region's share in training faces of the class: value = b s + KEPT (V - b s).

        Parameters
        ----------
        photo : Photograph
            The face.
        target : int
            The class.
        faces : int
            Training faces of the class from which shares are known; 0 leaves V as it is.

        Returns
        -------
        RegionValues
            The interval is a t-interval over the three drops that V is of.
        """
        answer, drops = self._two_ways(photo, target)
        values, half = answer.values, _half_width(drops, mean=True)
        asked = self._question(photo, target)
        if faces and target not in asked.others:
            usual = self.shares(target, faces) * self.above(photo, target)
            values = usual + KEPT * (values - usual)
        return replace(answer, values=values, low=values - half, high=values + half)

    def remainder(self, photo: Photograph, target: int, donors: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What of the target's logit is not in the regions.

        Parameters
        ----------
        photo : Photograph
            The face.
        target : int
            The class.
        donors : int
            Photographs of the comparison whose surroundings (hair, clothes, background) are put around the face; the
            most alike in shape.

        Returns
        -------
        values, low, high : ndarray
            [2]: the mean drop with other surroundings; what the logit keeps above the comparison's mean when the whole
            face is morphed at its natural strength. The interval of the first is over donors, the second has none.
        """
        faces, p = self.signs.faces, self.signs.faces.photographs
        asked = self._question(photo, target)
        rows = self._donors(photo, asked.others)
        rows = rows[rows < len(p.crops)]
        far = ((faces.shapes[rows] - np.asarray(photo.landmarks).ravel()) ** 2).sum(1)
        near = rows[np.argsort(far, kind="stable")[:donors]]
        pictures = [asked.face.without(asked.whole)]
        pictures += [asked.face.beside(p.crops[row], p.landmarks[row]) for row in near]
        answers = asked.logits(np.stack(pictures))
        drops = asked.plain - answers[1:]
        values = np.array([drops.mean(), answers[0] - self.level(target)])
        half = np.array([_half_width(drops[:, None], mean=True)[0] if len(drops) > 1 else np.nan, np.nan])
        return values, values - half, values + half


def _half_width(values: np.ndarray, mean: bool) -> np.ndarray:
    """Half of a t-interval, of the mean of rows or of a further row."""
    n = len(values)
    deviation = values.std(0, ddof=1) / (math.sqrt(n) if mean else 1)
    return stats.t.ppf((1 + LEVEL) / 2, n - 1) * deviation
