r"""The general pair in a plane: any weights, any preparation, histories or states.

.. math:: J(A, B) = \int \mu(\lambda)\, w_1(a + \pi A - \lambda)\,
          w_2(b + \pi B - \lambda - \pi)\, d\lambda .

The integrand is periodic, so the trapezoid rule on N equal steps converges as fast as its Fourier
coefficients fall.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from retrolib import domain
from retrolib._circle import FINER, STENCIL, Table, equal_steps, resolved
from retrolib._sampling import from_lines, rejection
from retrolib._search import refine
from retrolib.preparations import Preparation, uniform
from retrolib.weights import TWO_PI, unwind, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike, NDArray

    from retrolib.domain import FloatArray
    from retrolib.weights import Wrapped

    Circular = Callable[[FloatArray], FloatArray]

__all__ = ["Marginals", "ModelSample", "PairModel", "Signal"]

FEWEST, MOST = 2**6, 2**16
"""How many quadrature points a model may use."""
GOOD, TOLERABLE = 1e-13, 1e-8
"""How much a joint probability may change when the points are doubled: aimed at; at most."""
LARGE = 2.0**150
"""Weights beyond this, or its inverse, are rescaled."""
RAISED = 17 / 16
"""Safety factor by which the lines that directions are drawn from lie above the density."""
FEW = equal_steps(FEWEST)
"""Where functions are looked at first, to see how large they are."""
MAX_ANGLE = 1e15
"""Beyond this a float no longer tells a direction."""
BLOCK = 2**21
"""About how many numbers to hold at once."""


class Marginals(NamedTuple):
    """Probabilities that an outcome is 0, aligned with the setting.

    Attributes
    ----------
    a, b : ndarray of float
        Those of Alice and of Bob.
    """

    a: FloatArray
    b: FloatArray


class ModelSample(NamedTuple):
    r"""Pairs drawn from a model: :math:`\alpha = a + \pi A - \lambda`, and so on, mod 2 pi.

    Attributes
    ----------
    lam : ndarray of float
        Initial direction of particle 1 in radians, in [0, 2 pi].
    alpha, beta : ndarray of float
        Rotations in radians up to whole turns, in [-pi, pi]. How often each particle winds is not
        drawn: a weight that is given as its sum over windings does not say.
    A, B : ndarray of int
        Outcomes of Alice and Bob: 0 = aligned with the setting (+1), 1 = anti-aligned (-1).
    """

    lam: FloatArray
    alpha: FloatArray
    beta: FloatArray
    A: NDArray[np.int64]
    B: NDArray[np.int64]


class Signal(NamedTuple):
    """The strongest signal between the two sides.

    Attributes
    ----------
    value : float
        By how much the far setting moves the probability of an outcome.
    a : float
        The near setting in radians.
    b, b2 : float
        The two far settings in radians; b gives the larger probability of outcome 0.
    """

    value: float
    a: float
    b: float
    b2: float


class PairModel:
    r"""The planar model of a pair for any two weights and any preparation.

    Particle 1 turns from :math:`\lambda` to a or a + pi, particle 2 from :math:`\lambda + \pi` to
    b or b + pi. A history counts with :math:`\mu(\lambda)\,W_1(\alpha)\,W_2(\beta)`.

    Parameters
    ----------
    weight1, weight2 : callable or Wrapped
        W of each particle: takes a one-dimensional array of net rotations in radians, gives as
        many weights, none of them negative. It is summed over windings by `wrap`, unless it has
        an attribute `wrapped`, which then is that sum. By default `weight2` is `weight1`.
    preparation : callable or Preparation, optional
        Weight mu of the initial directions: takes a one-dimensional array of directions in
        radians, gives as many weights, none of them negative; it need not be normalised. By
        default uniform. Only ratios of weights count, whatever their scale. These functions get
        copies of our arrays, so they may work in place.
    rule : {"histories", "states"}
        "histories": the weights of whole histories are normalised once, for each pair of
        settings, as in the paper. "states": each leg is normalised by itself, as if it gave the
        probabilities of the next state once the present one is given.

    Attributes
    ----------
    nodes : int
        How many points the quadrature over the initial direction uses.
    doubt : float
        By how much joint probabilities change when that number is doubled, on a grid of settings.

    Raises
    ------
    ValueError
        If an argument is none of these, or something is too narrow, or not smooth enough, to be
        resolved with 65536 points: Lorentzian weights need a width of about 1e-3.

    Notes
    -----
    Almada et al. (2015), eqs. 4 to 8, without the evenness of W, the equality of the legs and the
    uniformity of the preparation. Beginning with 64, the number of points is doubled until joint
    probabilities on a grid of settings stay the same to 1e-13. With smooth weights and
    preparations this is the accuracy of the model, because the error falls exponentially. Where W
    has a kink, as the exponential weight, it falls as the square of the step only. A model is
    refused if at the largest number `doubt` still exceeds 1e-8.

    Examples
    --------
    >>> from retrolib import lorentzian
    >>> model = PairModel(lambda alpha: lorentzian(alpha, 0.1))
    >>> round(float(model.correlation(0.0, np.pi / 3)), 6), round(float(-0.5 / np.cosh(0.2)), 6)
    (-0.490164, -0.490164)

    A one-sided preparation lets Bob signal to Alice:

    >>> from retrolib import preparations
    >>> model = PairModel(lambda alpha: lorentzian(alpha, 0.1),
    ...                   preparation=preparations.von_mises(4.0))
    >>> round(model.max_signal().value, 8)
    0.57782779
    """

    def __init__(
        self,
        weight1: Circular | Wrapped,
        weight2: Circular | Wrapped | None = None,
        preparation: Circular | Preparation | None = None,
        rule: Literal["histories", "states"] = "histories",
    ) -> None:
        domain.one_of("rule", rule, ("histories", "states"))
        self.rule = rule
        first = _Leg("weight1", weight1, rule)
        second = first if weight2 is None else _Leg("weight2", weight2, rule)
        self._legs = first, second
        self._preparation = _prepared(preparation)
        self._atoms = unwind(self._preparation.atoms)[0]
        self._unit = 1.0
        self._unit = _unit(self._preparation_at(FEW), self._preparation.masses)
        self._resolve()

    def __repr__(self) -> str:
        return f"PairModel(nodes={self.nodes}, rule={self.rule!r})"

    def joint(self, a: ArrayLike, b: ArrayLike) -> FloatArray:
        r"""Probabilities of both outcomes, :math:`P(A, B) = J(A, B)/Z`.

        Parameters
        ----------
        a, b : array_like
            Settings of Alice and Bob in radians, at most 1e15 in magnitude, broadcast together.
            What costs time is the number of different ones.

        Returns
        -------
        ndarray
            P, shape (..., 2, 2), over Alice's outcome A and Bob's outcome B: 0 = aligned, 1 =
            anti-aligned.

        Raises
        ------
        ValueError
            If a setting is not finite, they do not broadcast, or no history fits them.

        Notes
        -----
        Almada et al. (2015), eqs. 8 to 10.

        Examples
        --------
        >>> from retrolib import lorentzian
        >>> PairModel(lambda alpha: lorentzian(alpha, 0.1)).joint(0.0, np.pi / 3).round(4)
        array([[0.1275, 0.3725],
               [0.3725, 0.1275]])
        """
        total, whole = self._histories(*self._settings(a, b))
        return total / whole[..., None, None]

    def correlation(self, a: ArrayLike, b: ArrayLike) -> FloatArray:
        r"""Correlation of the two outcomes, :math:`E = P(A = B) - P(A \ne B)`.

        Parameters
        ----------
        a, b : array_like
            Settings as in :meth:`joint`.

        Returns
        -------
        ndarray
            E, in [-1, 1], in the broadcast shape.

        Raises
        ------
        ValueError
            As :meth:`joint`.

        Notes
        -----
        Almada et al. (2015), eq. 13.

        Examples
        --------
        Normalised leg by leg the correlation is at most half as strong:

        >>> from retrolib import lorentzian
        >>> model = PairModel(lambda alpha: lorentzian(alpha, 0.01), rule="states")
        >>> round(float(model.correlation(0.0, 0.0)), 4)
        -0.5
        """
        joint = self.joint(a, b)
        same = joint[..., 0, 0] + joint[..., 1, 1]
        return same - joint[..., 0, 1] - joint[..., 1, 0]

    def marginals(self, a: ArrayLike, b: ArrayLike) -> Marginals:
        r"""Probability of each side's outcome 0, :math:`P_A` and :math:`P_B`.

        Parameters
        ----------
        a, b : array_like
            Settings as in :meth:`joint`.

        Returns
        -------
        Marginals
            Fields `a` and `b`, each in the broadcast shape.

        Raises
        ------
        ValueError
            As :meth:`joint`.

        Notes
        -----
        Almada et al. (2015), eqs. 11 and 17.

        Examples
        --------
        >>> from retrolib import lorentzian
        >>> p = PairModel(lambda alpha: lorentzian(alpha, 0.1)).marginals(0.3, 1.0)
        >>> round(float(p.a), 12), round(float(p.b), 12)
        (0.5, 0.5)
        """
        joint = self.joint(a, b)
        return Marginals(joint[..., 0, :].sum(axis=-1), joint[..., 0].sum(axis=-1))

    def hidden_density(self, lam: ArrayLike, a: ArrayLike, b: ArrayLike) -> FloatArray:
        r"""Density of the initial direction given both settings, :math:`\rho(\lambda|a,b)`.

        Parameters
        ----------
        lam : array_like
            Initial direction of particle 1 in radians, at most 1e15 in magnitude; broadcast with
            the settings.
        a, b : array_like
            Settings as in :meth:`joint`.

        Returns
        -------
        ndarray
            The density per radian, in the broadcast shape; its integral over a turn is 1.

        Raises
        ------
        ValueError
            If an angle is not finite, they do not broadcast, or the preparation has points that
            carry a mass, so that there is no density.

        Notes
        -----
        The hidden variable of Almada et al. (2015), sec. 2.2: proportional to
        :math:`\mu(\lambda)\,s_1(a - \lambda)\,s_2(b - \lambda)`, where s adds the weights of both
        outcomes. It does not depend on the settings where both s are constant.

        Examples
        --------
        >>> from retrolib import lorentzian, pair
        >>> model = PairModel(lambda alpha: lorentzian(alpha, 0.1))
        >>> rho = model.hidden_density([0.0, 1.0], a=0.2, b=1.1)
        >>> bool(np.allclose(rho, pair.hidden_density([0.0, 1.0], 0.2, 1.1, gamma=0.1)))
        True
        """
        a, b = self._settings(a, b)
        lam = domain.angle("lam", lam, limit=MAX_ANGLE)
        shape = domain.broadcast_shape(lam=lam, a=a, b=b)
        if self._atoms.size:
            raise ValueError("preparation must have a density for this, got one with atoms")
        _, whole = self._histories(a, b)
        lam, a, b = (np.broadcast_to(unwind(angle)[0], shape) for angle in (lam, a, b))
        weight = self._preparation_at(lam.ravel()).reshape(shape)
        density: FloatArray = weight * self._both_legs(lam, a, b).sum(axis=1).prod(axis=0) / whole
        return density

    def sample(
        self,
        a: ArrayLike,
        b: ArrayLike,
        size: int | tuple[int, ...] | None = None,
        rng: Any = None,
    ) -> ModelSample:
        r"""Pairs drawn from the model: initial direction, rotations and outcomes.

        Parameters
        ----------
        a, b : array_like
            Settings as in :meth:`joint`.
        size : int or tuple of int, optional
            Shape of the sample, at most 10^8 in all; by default one pair for each `a` and `b`.
        rng : optional
            Anything that `numpy.random.default_rng` takes.

        Returns
        -------
        ModelSample
            Fields `lam`, `alpha`, `beta`, `A` and `B`, each in the shape of the sample.

        Raises
        ------
        ValueError
            As :meth:`joint`; if `size` is negative, too large or does not fit the settings, or
            `rng` is not understood.

        Notes
        -----
        Histories of Almada et al. (2015), sec. 2.2, for any weights and preparation. The initial
        direction is drawn from its density by rejection, under the straight lines between the
        quadrature points, raised by a sixteenth; the outcomes then from the weights, each by
        itself. This is as exact as the joint probabilities, as long as the lines lie above the
        density: the resolution of the model sees to that.

        Examples
        --------
        >>> from retrolib import Wrapped, preparations, wrapped_lorentzian
        >>> w = Wrapped(lambda theta: wrapped_lorentzian(theta, 0.1))
        >>> model = PairModel(w, preparation=preparations.von_mises(4.0))
        >>> pairs = model.sample(0.0, 1.0, size=100_000, rng=1)
        >>> round(float(np.mean(pairs.A == 0)), 2), round(float(model.marginals(0.0, 1.0).a), 2)
        (0.96, 0.96)
        """
        a, b = self._settings(a, b)
        parameters = domain.broadcast_shape(a=a, b=b)
        shape = domain.sample_shape(size, parameters)
        rng = domain.generator(rng)
        pairs = np.stack([np.broadcast_to(p, parameters).ravel() for p in (a, b)])
        which = np.arange(pairs.shape[1]).reshape(parameters)
        which = np.broadcast_to(which, shape).ravel()
        if which.size:
            self._histories(*pairs)
        pairs = unwind(pairs)[0]

        def propose(places: NDArray[np.intp]) -> tuple[FloatArray, NDArray[np.bool_]]:
            """Draw directions, with the probability that each particle ends aligned."""
            lam, line = self._propose(pairs, which[places], rng)
            weights = self._both_legs(lam, *pairs[:, which[places]])
            both = weights.sum(axis=1)
            density = self._preparation_at(lam) * both.prod(axis=0)
            chance = np.divide(density, line, out=np.ones_like(line), where=line > 0) / RAISED
            accept = rng.random(places.size) < chance
            aligned = np.divide(weights[:, 0], both, out=np.zeros_like(both), where=both > 0)
            return np.stack([lam, *aligned]), accept

        lam, *drawn = rejection(propose, np.empty((3, which.size)))
        aligned = np.stack(drawn)
        A, B = (rng.random(aligned.shape) >= aligned).astype(np.int64)
        a, b = pairs[:, which]
        lam = np.clip(lam - TWO_PI * np.floor(lam / TWO_PI), 0.0, TWO_PI)
        alpha = unwind(a + np.pi * A - lam)[0]
        beta = unwind(b + np.pi * B - lam - np.pi)[0]
        lam, alpha, beta = (angle.reshape(shape)[()] for angle in (lam, alpha, beta))
        return ModelSample(lam, alpha, beta, A.reshape(shape)[()], B.reshape(shape)[()])

    def max_signal(self, receiver: Literal["alice", "bob"] = "alice") -> Signal:
        r"""Largest change of one side's probabilities that the other side's setting can make.

        Parameters
        ----------
        receiver : {"alice", "bob"}
            Whose outcome it is.

        Returns
        -------
        Signal
            Fields `value`, `a` (the receiver's own setting), `b` and `b2` (the sender's).

        Raises
        ------
        ValueError
            If `receiver` is none of these, or no history fits some settings.

        Notes
        -----
        Almada et al. (2015), sec. 4, on signaling: the largest
        :math:`|P_A(a, b) - P_A(a, b_2)|` over all three settings. It is searched on a grid of 180
        settings a side in half a turn (the other half says the same), then followed from each of
        the receiver's settings where it peaks, from the highest eight to the end. Without any
        signal, rounding remains: about 1e-15.

        Examples
        --------
        >>> from retrolib import lorentzian, preparations
        >>> model = PairModel(lambda alpha: lorentzian(alpha, 0.1),
        ...                   preparation=preparations.cosine(0.5))
        >>> round(model.max_signal().value, 8)
        0.12193084
        >>> round(float(0.5 / 4 / np.cosh(0.1) / np.cosh(0.2)), 8)
        0.12193084
        """
        domain.one_of("receiver", receiver, ("alice", "bob"))

        def aligned(near: FloatArray, far: FloatArray) -> FloatArray:
            """Return the receiver's probability."""
            return (
                self.marginals(near, far).a if receiver == "alice" else self.marginals(far, near).b
            )

        grid = np.linspace(0.0, np.pi, 180, endpoint=False)
        p = aligned(grid[:, None], grid)
        change = np.ptp(p, axis=1)
        peaks = np.flatnonzero((change >= np.roll(change, 1)) & (change >= np.roll(change, -1)))
        if change.max() < 1e-12:  # one place of rounding is as good as another
            peaks = peaks[:1]
        best_far = p[peaks].argmax(axis=1), p[peaks].argmin(axis=1)

        def look(around: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
            near, high, low = np.moveaxis(around, 1, 0)
            up = aligned(near[:, :, None], high[:, None])  # over start, near, far
            down = aligned(near[:, :, None], low[:, None])
            gain = up.max(axis=-1) - down.min(axis=-1)
            k = gain.argmax(axis=-1)
            each = np.arange(k.size)
            places = k, up[each, k].argmax(axis=-1), down[each, k].argmin(axis=-1)
            return gain.max(axis=-1), np.stack(places, axis=1)

        center = grid[np.stack([peaks, *best_far], axis=1)]
        value, where = refine(look, center, np.pi / 180, 1e-10, 0.5)
        return Signal(value, *map(float, where))

    # How it is computed.

    def _resolve(self) -> None:
        """Choose the quadrature: double its points until joint probabilities stay the same."""
        self.nodes, self.doubt = 0, 0.0
        self._mass = np.empty(0)
        if self._preparation.density is None:
            return
        settings = TWO_PI * (np.arange(12.0) + 0.123) / 12
        joint: FloatArray | None = None
        doubt, found = np.inf, ""
        for nodes in np.power(2, np.arange(np.log2(FEWEST), np.log2(MOST) + 1)).astype(int):
            before, joint = joint, None
            narrow = self._tabulate(int(nodes))
            if narrow:
                found = f"a {narrow} that is too narrow: its Fourier coefficients decay too slowly"
                continue
            total, whole = self._total(settings[:, None], settings)
            whole = whole[..., None, None]
            joint = np.divide(total, whole, out=np.zeros_like(total), where=whole > 0)
            if before is not None:
                doubt = float(np.abs(joint - before).max())
                found = f"joint probabilities that change by {doubt:.1e} with twice the points"
            if doubt <= GOOD:
                self._tabulate(int(nodes) // 2)
                break
        if not doubt <= TOLERABLE:
            if not self._mass.any():
                raise ValueError(f"preparation must have a weight, got 0 at all of {MOST} points")
            raise ValueError(
                "weight1, weight2 and preparation must be wide and smooth enough for a quadrature "
                f"with {MOST} points, got {found}"
            )
        self.doubt = doubt

    def _tabulate(self, nodes: int) -> str:
        """Tabulate all functions for this number of nodes, unless one is too narrow: name it."""
        mu = self._preparation_at(equal_steps(nodes))
        unit = _unit(mu)
        mu, self._unit = mu / unit, self._unit * unit
        self.nodes, self._mass = nodes, TWO_PI / nodes * mu
        if not resolved(mu):
            return "preparation"
        for leg in self._legs:
            if not leg.tabulate(nodes):
                return leg.name
        return ""

    def _preparation_at(self, lam: FloatArray) -> FloatArray:
        """Return mu."""
        density = self._preparation.density
        if density is None:
            return np.zeros_like(lam)
        with np.errstate(all="ignore"):
            return domain.weights_of("preparation", density, lam) / self._unit

    @staticmethod
    def _settings(a: ArrayLike, b: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return two settings that broadcast."""
        a = domain.angle("a", a, limit=MAX_ANGLE)
        b = domain.angle("b", b, limit=MAX_ANGLE)
        domain.broadcast_shape(a=a, b=b)
        return a, b

    def _histories(self, a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return J and its sum over the outcomes, which must not be 0."""
        total, whole = self._total(a, b)
        none = ~(whole > 0)
        if none.any():
            where = [float(np.broadcast_to(setting, whole.shape)[none][0]) for setting in (a, b)]
            raise ValueError(
                "weight1, weight2 and preparation must leave some history for all settings, got "
                f"none for a = {where[0]!r}, b = {where[1]!r}"
            )
        return total, whole

    def _total(self, a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return J, shape (..., 2, 2), and its sum over the outcomes.

        The weights are needed once for each different setting. If the settings form a grid, or
        nearly so, what remains is a product of matrices.
        """
        shape = np.broadcast_shapes(a.shape, b.shape)
        (alices, i), (bobs, j) = (np.unique(p, return_inverse=True) for p in (a, b))
        i, j = i.reshape(a.shape), j.reshape(b.shape)
        if alices.size * bobs.size <= 32 * np.prod(shape):
            grid = np.empty((2, 2, alices.size, bobs.size))
            for rows in self._blocks(alices.size):
                left = self._rows(0, alices[rows])
                for columns in self._blocks(bobs.size):
                    right = self._rows(1, bobs[columns])
                    for A, B in np.ndindex(2, 2):
                        grid[A, B, rows, columns] = left[A] @ right[B].T
            total = grid[:, :, i, j]
        else:
            i, j = (np.broadcast_to(k, shape).ravel() for k in (i, j))
            total = np.empty((2, 2, i.size))
            for rows in self._blocks(i.size):
                left, right = self._rows(0, alices[i[rows]]), self._rows(1, bobs[j[rows]])
                total[..., rows] = np.einsum("Aik,Bik->ABi", left, right)
            total = total.reshape((2, 2, *shape))
        return np.moveaxis(total, (0, 1), (-2, -1)), total.sum(axis=(0, 1))

    def _blocks(self, count: int) -> Iterator[slice]:
        """Cut settings into blocks whose tables are not too large."""
        rows = max(1, BLOCK // (STENCIL * (self.nodes + self._atoms.size)))
        return (slice(start, start + rows) for start in range(0, count, rows))

    def _rows(self, particle: int, settings: FloatArray) -> FloatArray:
        """Return weights from all initial directions to both outcomes, shape (2, settings, nodes).

        Those of particle 1 carry the masses of the initial directions.
        """
        leg = self._legs[particle]
        x = unwind(settings)[0] - np.pi * particle
        rows = leg.rows(x)
        if self._atoms.size:
            final = np.stack([x, x + np.pi])[..., None]
            rows = np.concatenate([rows, leg.at(final - self._atoms)], axis=-1)
        if not self.nodes:  # far tails, which both may have, must not vanish in a product
            rows = np.ldexp(rows, -np.frexp(rows.max(axis=(0, 2), keepdims=True))[1])
        if particle == 0:
            rows *= np.concatenate([self._mass, self._preparation.masses / self._unit])
        return rows

    def _both_legs(self, lam: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
        """Return the weights from lam to both outcomes, shape (2 particles, 2 outcomes, ...)."""
        first, second = a - lam, b - lam - np.pi
        return np.stack(
            [
                leg.at(np.stack([x, x + np.pi]))
                for leg, x in zip(self._legs, (first, second), strict=True)
            ]
        )

    def _propose(
        self, pairs: FloatArray, which: NDArray[np.intp], rng: np.random.Generator
    ) -> tuple[FloatArray, FloatArray]:
        """Draw lam for the settings pairs[:, which], from straight lines between the nodes.

        Return the height of the line, too; it is 0 where lam is an atom, which is drawn as often
        as it should be.
        """
        drawn = np.empty((2, which.size))
        needed, which = np.unique(which, return_inverse=True)
        for rows in self._blocks(needed.size):
            mine = np.flatnonzero((which >= rows.start) & (which < rows.stop))
            a, b = pairs[:, needed[rows]]
            masses = self._rows(0, a).sum(axis=0) * self._rows(1, b).sum(axis=0)
            drawn[:, mine] = from_lines(masses, self._atoms, which[mine] - rows.start, rng)
        lam, line = drawn
        return lam, line


class _Leg:
    """The weights of one particle on the circle, and their table once there is one."""

    def __init__(self, name: str, weight: Any, rule: str) -> None:
        wrapped = getattr(weight, "wrapped", None)
        domain.function(name, weight if wrapped is None else wrapped)
        self.name, self._weight, self._wrapped = name, weight, wrapped
        self._as_share = rule == "states"
        self._table: Table | None = None
        self._unit = 1.0
        self._unit = _unit(self._sum(FEW))

    def _exactly(self, x: FloatArray) -> FloatArray:
        """Return the sum over windings or, for states, its share of both outcomes'."""
        w = self._sum(x)
        if not self._as_share:
            return w
        both = w + self._sum(x + np.pi)
        if not (both > 0).all():
            where = float(x[~(both > 0)][0])
            raise ValueError(f"{self.name} must allow an outcome for all angles, not so at {where}")
        return w / both

    def _sum(self, x: FloatArray) -> FloatArray:
        if self._wrapped is None:
            return wrap(self._weight, x) / self._unit
        with np.errstate(all="ignore"):
            return domain.weights_of(self.name, self._wrapped, x) / self._unit

    def tabulate(self, nodes: int) -> bool:
        """Make the table for this number of nodes, unless the weight is too narrow for it."""
        if self._table is None or nodes != self._table.nodes:
            self._table = None
            if not resolved(self._exactly(equal_steps(nodes))):
                return False
            fine = self._exactly(equal_steps(nodes * FINER))
            unit = _unit(fine)
            self._table, self._unit = Table(fine / unit), self._unit * unit
        return True

    def at(self, x: FloatArray) -> FloatArray:
        """Return weights."""
        if self._table is None:
            return self._exactly(x.ravel()).reshape(x.shape)
        return self._table.at(x)

    def rows(self, x: FloatArray) -> FloatArray:
        """Return weights at x - nodes and at x + pi - nodes, shape (2, x.size, nodes)."""
        if self._table is None:
            return np.empty((2, x.size, 0))
        found = self._table.less_nodes(x)
        return np.stack([found, np.roll(found, self._table.nodes // 2, axis=1)])


def _unit(*weights: FloatArray) -> float:
    """Return by what to divide weights so that squares of products of three of them are floats.

    It is 1 for all but very large and very small weights, and a power of two, so that no digit is
    lost.
    """
    largest = float(np.concatenate(weights).max(initial=0.0))
    beyond = largest > LARGE or 0.0 < largest < 1.0 / LARGE
    return math.ldexp(1.0, math.frexp(largest)[1] - 1) if beyond else 1.0


def _prepared(preparation: Any) -> Preparation:
    """Return the preparation as one of retrolib's."""
    if preparation is None:
        return uniform()
    if not isinstance(preparation, Preparation):
        domain.function("preparation", preparation)
        return Preparation(preparation)
    if preparation.density is None and not preparation.masses.any():
        masses = domain.brief(preparation.masses.tolist())
        raise ValueError(f"preparation must have a weight, got the masses {masses}")
    return preparation
