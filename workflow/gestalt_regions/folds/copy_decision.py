"""Are two crops copies of one photograph? Their pixels are laid over each other and compared.

Two photographs of one person differ in more than a copy and its original do. Seen closely, parts of the face move
against each other, and the background changes: the fine pattern of blocks disagrees (`detail`). Seen from afar, light
and shade fall differently, and no curve of tones takes one picture to the other (`unexplained`). Both must agree.

DETAIL and UNEXPLAINED were chosen on simulated people; docs/concepts/near_copies.md says how and has the numbers, and
`python -m gestalt_regions.tools.bench.copy_detection` measures them again.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

SIZE = 112  # pixels of a crop; larger ones are made smaller
DETAIL = 0.75  # median correlation of blocks: a copy has at least this
UNEXPLAINED = 0.002  # share of the brightness' variance that no tone curve explains: a copy has at most this
LIKENESS = 0.6  # correlation of the middle of the face at the best shift and scale, below which nothing more is tried

HALF = SIZE // 2
SCALES = np.geomspace(0.75, 1 / 0.75, 7)  # tried of the second crop: a detector frames a cut face differently
WINDOW = (16, 46, 13, 43)  # rows and columns of the half-size crop that hold eyes, nose and mouth
COARSE, FINE = (1.5, 8.0), (1.2, 3.5)  # standard deviations of the two Gaussians of a band, pixels
HALF_DETAIL, HALF_FINE = 0.6, (0.8, 2.5)  # `detail` at half the size, below which nothing more is tried
BLOCKS = 8  # along a side
MIN_BLOCKS = 10  # with structure; with fewer, nothing can be said
NOISE = 0.5  # variance of grey levels in a band that counts as noise
STRUCTURE = 1.0  # variance of a block's band from which on the block is compared
TRIM = 0.75  # share of pixels that the tone curve must explain: text or a bar may cover the rest
STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-4)


@dataclass(frozen=True)
class Comparison:
    """How two crops compare after one was laid over the other.

    Attributes
    ----------
    detail : float
        Median over blocks of the correlation of their fine pattern.
    unexplained : float
        Share of the variance of brightness that no tone curve explains, the larger of both directions; over the best
        TRIM of pixels.
    shift : float
        How far the farthest of four points of the face was moved, pixels of a crop of 112.
    covered : float
        Share of the blocks that do not correlate: text, a bar.
    tones : float
        Mean absolute difference of grey levels.
    grey : bool
        One of them has no colour, the other has.
    """

    detail: float
    unexplained: float
    shift: float
    covered: float
    tones: float
    grey: bool

    @property
    def is_copy(self) -> bool:
        """Whether the crops are of one photograph.

        Returns
        -------
        bool
            Both measures agree.
        """
        return self.detail >= DETAIL and self.unexplained <= UNEXPLAINED

    def kind(self, mirrored: bool) -> str:
        """What was done to the copy, as far as the crops tell.

        Parameters
        ----------
        mirrored : bool
            The second crop was mirrored before it was compared.

        Returns
        -------
        str
            Words joined by ";", or "re-encoded" where none applies.
        """
        words = {
            "mirrored": mirrored,
            "moved": self.shift > 2,  # cut, enlarged, reduced or rotated, so that the detector set its points elsewhere
            "grey": self.grey,
            "other tones": self.tones > 6,
            "partly covered": self.covered > 0.05,
        }
        return ";".join(word for word, holds in words.items() if holds) or "re-encoded"


def _grey(crop: np.ndarray) -> np.ndarray:
    """float32 [S,S] of uint8 [S,S,3] RGB."""
    return cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)


def _band(image: np.ndarray, low: float, high: float) -> np.ndarray:
    """What lies between two blurs."""
    return cv2.GaussianBlur(image, (0, 0), low) - cv2.GaussianBlur(image, (0, 0), high)


def _photographed(crop: np.ndarray) -> np.ndarray:
    """uint8 [S,S]: 1 where the crop shows the photograph; outside it, the alignment left black."""
    black = cv2.inRange(crop, np.zeros(3), np.zeros(3))
    shown = cv2.morphologyEx((black == 0).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return cv2.erode(shown, np.ones((5, 5), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=1)


def _placed(first: np.ndarray, second: np.ndarray) -> tuple[float, np.ndarray]:
    """The best shift and scale of the second: its correlation, and the map [2,3] of half-size pixels to the second."""
    wide, other = (
        cv2.resize(_band(grey, *COARSE), (HALF, HALF), interpolation=cv2.INTER_AREA) for grey in (first, second)
    )
    top, bottom, left, right = WINDOW
    best, matrix = -2.0, np.eye(2, 3)
    for scale in SCALES:
        to_first = cv2.getRotationMatrix2D((HALF / 2 - 0.5, HALF / 2 + 2), 0, scale)
        pattern = cv2.warpAffine(other, to_first, (HALF, HALF), borderMode=cv2.BORDER_REPLICATE)
        score = cv2.matchTemplate(wide, pattern[top:bottom, left:right].copy(), cv2.TM_CCOEFF_NORMED)
        _, highest, _, (x, y) = cv2.minMaxLoc(score)
        if highest > best:
            best, matrix = highest, to_first + np.array([[0, 0, x - left], [0, 0, y - top]])
    return best, cv2.invertAffineTransform(matrix).astype(np.float32)


def _twice(matrix: np.ndarray) -> np.ndarray:
    """A map of half-size pixels as a map of full-size ones; pixels count from their centres."""
    doubled = matrix.astype(np.float64)
    doubled[:, 2] = 2 * doubled[:, 2] + 0.5 - doubled[:, :2] @ [0.5, 0.5]
    return doubled.astype(np.float32)


def _fitted(first: np.ndarray, second: np.ndarray, start: np.ndarray, shown: np.ndarray) -> np.ndarray | None:
    """The affine map from the first to the second, from `start` on; None where none fits."""
    try:
        return cv2.findTransformECC(first, second, start, cv2.MOTION_AFFINE, STEPS, 255 * shown, 5)[1]
    except cv2.error:  # it does not converge
        return None


def _laid(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The second picture as the first sees it."""
    size, flags = image.shape[:2], cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def _blocks(image: np.ndarray) -> np.ndarray:
    """[blocks, pixels] of a square image."""
    side = len(image) // BLOCKS
    return image.reshape(BLOCKS, side, BLOCKS, side).transpose(0, 2, 1, 3).reshape(BLOCKS * BLOCKS, side * side)


def _block_correlations(
    first: np.ndarray, second: np.ndarray, shown: np.ndarray, band: tuple[float, float]
) -> np.ndarray:
    """Correlation of each block that has structure."""
    a, b, inside = (_blocks(image) for image in (_band(first, *band), _band(second, *band), shown.astype(np.float32)))
    count = np.maximum(inside.sum(axis=1), 1)
    a, b = ((each - (each * inside).sum(axis=1, keepdims=True) / count[:, None]) * inside for each in (a, b))
    of_a, of_b, common = ((x * y).sum(axis=1) / count for x, y in ((a, a), (b, b), (a, b)))
    used = (count >= a.shape[1] / 2) & (np.maximum(of_a, of_b) > STRUCTURE)
    correlations: np.ndarray = (common / np.sqrt((of_a + NOISE) * (of_b + NOISE)))[used]
    return correlations


def _unexplained(first: np.ndarray, second: np.ndarray, shown: np.ndarray) -> float:
    """Share of the second's brightness variance that no tone curve of the first's colours explains."""
    small = (HALF, HALF)
    colours, goal = (
        cv2.resize(cv2.GaussianBlur(crop, (0, 0), 2), small, interpolation=cv2.INTER_AREA) for crop in (first, second)
    )
    inside = cv2.resize(shown, small, interpolation=cv2.INTER_NEAREST).ravel() > 0
    x, y = colours.reshape(-1, 3)[inside] / 255.0, _grey(goal).ravel()[inside] / 255.0
    if len(y) < HALF * HALF / 10:
        return 1.0
    level = x @ [0.299, 0.587, 0.114]
    curve = np.column_stack([np.ones(len(x)), x, level**2, level**3])
    used = np.ones(len(x), bool)
    error = np.zeros(len(x))
    for _ in range(3):
        chosen = curve[used]
        # a little weight on small coefficients: a grey picture has three equal channels
        weights = np.linalg.solve(chosen.T @ chosen + 1e-6 * np.eye(curve.shape[1]), chosen.T @ y[used])
        error = (y - curve @ weights) ** 2
        used = error <= np.quantile(error, TRIM)
    return float(error[used].mean() / max(y[used].var(), 1e-5))


def _colourless(crop: np.ndarray) -> bool:
    return float(np.ptp(crop.astype(np.int16), axis=-1).mean()) < 3


def sized(crop: np.ndarray) -> np.ndarray:
    """A crop at the size at which crops are compared.

    Parameters
    ----------
    crop : ndarray of uint8 [S, S, 3]
        Aligned crop, RGB.

    Returns
    -------
    ndarray of uint8 [112, 112, 3]
        The crop.
    """
    if len(crop) == SIZE:
        return np.ascontiguousarray(crop)
    return cv2.resize(crop, (SIZE, SIZE), interpolation=cv2.INTER_AREA if len(crop) > SIZE else cv2.INTER_LINEAR)


def compare(first: np.ndarray, second: np.ndarray, least_detail: float = DETAIL) -> Comparison | None:
    """Lay the second crop over the first, and compare.

    A shift and a scale are searched, then an affine map and gain are fitted (ECC, Evangelidis and Psarakis, 2008), at
    half the size and, if that agrees, at full size.

    Parameters
    ----------
    first, second : ndarray of uint8 [112, 112, 3]
        Aligned crops (`sized`), RGB; the second mirrored if a mirrored copy is asked for.
    least_detail : float
        Below this `detail` nothing more is computed.

    Returns
    -------
    Comparison or None
        None where they are clearly not copies, or have too little structure to tell.
    """
    one, two = _grey(first), _grey(second)
    small, other = (cv2.resize(grey, (HALF, HALF), interpolation=cv2.INTER_AREA) for grey in (one, two))
    likeness, matrix = _placed(one, two)
    if likeness < LIKENESS:
        return None
    inside = _photographed(second)
    inside_small = cv2.resize(inside, (HALF, HALF), interpolation=cv2.INTER_NEAREST)
    if (fitted := _fitted(small, other, matrix, inside_small)) is None:
        return None
    rough = _block_correlations(small, _laid(other, fitted), np.ones_like(inside_small), HALF_FINE)
    if len(rough) < MIN_BLOCKS or np.median(rough) < HALF_DETAIL:
        return None
    if (fitted := _fitted(one, two, _twice(fitted), inside)) is None:
        return None
    over = _laid(second, fitted)
    nearest = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    shown = _photographed(first) & cv2.warpAffine(inside, fitted, (SIZE, SIZE), flags=nearest)
    two = _grey(over)
    correlations = _block_correlations(one, two, shown, FINE)
    if len(correlations) < MIN_BLOCKS or (detail := float(np.median(correlations))) < least_detail:
        return None
    corners = np.array([[20, 92, 20, 92], [20, 20, 92, 92], [1, 1, 1, 1]], float)
    return Comparison(
        detail=detail,
        unexplained=max(_unexplained(first, over, shown), _unexplained(over, first, shown)),
        shift=float(np.abs(fitted @ corners - corners[:2]).max()),
        covered=float((correlations < 0.5).mean()),
        tones=float(np.abs(one - two)[shown > 0].mean()),
        grey=_colourless(first) != _colourless(second),
    )
