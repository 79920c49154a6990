r"""Signaling: what one side's outcomes alone tell about the other side's setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrolib import domain

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from retrolib.domain import FloatArray

__all__ = ["signaling"]


def signaling(joint: ArrayLike) -> FloatArray:
    r"""Largest change of a marginal when only the far setting changes.

    Parameters
    ----------
    joint : array_like
        Joint probabilities P(A, B) over a grid of settings: shape (..., na, nb, 2, 2), the axes
        being Alice's setting, Bob's setting, A and B.

    Returns
    -------
    ndarray
        The largest :math:`|P_A(a, b) - P_A(a, b')|` or :math:`|P_B(a, b) - P_B(a', b)|` on the
        grid, in [0, 1], shape (...).

    Raises
    ------
    ValueError
        If `joint` has another shape, or does not hold probabilities that add up to 1.

    Notes
    -----
    Almada et al. (2015), sec. 3.1: eq. 11 makes it 0.

    Examples
    --------
    >>> from retrolib import pair
    >>> a = np.linspace(0.0, np.pi, 7)
    >>> bool(signaling(pair.joint_probabilities(a[:, None], a, gamma=0.3)) < 1e-15)
    True

    Here Alice's outcome is Bob's setting:

    >>> float(signaling([[np.full((2, 2), 0.25), [[0.5, 0.5], [0.0, 0.0]]]]))
    0.5
    """
    joint = domain.joint("joint", joint)
    of_alice, of_bob = joint.sum(axis=-1)[..., 0], joint.sum(axis=-2)[..., 0]
    change: FloatArray = np.maximum(
        np.ptp(of_alice, axis=-1).max(axis=-1), np.ptp(of_bob, axis=-2).max(axis=-1)
    )
    return change
