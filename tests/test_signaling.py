"""Signaling in tables of joint probabilities."""

import numpy as np
import pytest

from retrolib import pair, signaling


def brute(joint):
    na, nb = joint.shape[:2]
    alice = [
        abs(joint[a, b, A].sum() - joint[a, c, A].sum())
        for a in range(na) for b in range(nb) for c in range(nb) for A in (0, 1)
    ]  # fmt: skip
    bob = [
        abs(joint[a, b, :, B].sum() - joint[c, b, :, B].sum())
        for a in range(na) for c in range(na) for b in range(nb) for B in (0, 1)
    ]  # fmt: skip
    return max(alice + bob)


def test_it_is_the_largest_change_of_either_marginal():
    rng = np.random.default_rng(1)
    joint = rng.dirichlet(np.ones(4), (20, 3, 4)).reshape(20, 3, 4, 2, 2)
    found = signaling(joint)
    assert found.shape == (20,)
    for table, value in zip(joint, found, strict=True):
        assert value == pytest.approx(brute(table), abs=1e-15)
        assert signaling(table) == value
        assert signaling(table.transpose(1, 0, 3, 2)) == pytest.approx(value, abs=1e-15)


def test_only_one_side_may_see_it():
    joint = np.full((2, 2, 2, 2), 0.25)
    joint[:, 1] = [[0.5, 0.5], [0.0, 0.0]]  # Alice sees what Bob chooses
    assert signaling(joint) == 0.5
    assert signaling(joint.transpose(1, 0, 3, 2)) == 0.5


def test_perfect_correlations_need_no_signal():
    box = np.array([[[0.5, 0.0], [0.0, 0.5]], [[0.0, 0.5], [0.5, 0.0]]])
    assert signaling(box[[[0, 0], [0, 1]]]) == 0.0


def test_the_paper_s_model_does_not_signal_at_any_width():
    a, b = np.linspace(0, 7, 40), np.linspace(-2, 9, 50)
    gamma = np.array([0.0, 1e-6, 0.1, 1.0, 30.0])[:, None, None]
    joint = pair.joint_probabilities(a[:, None], b, gamma)
    assert joint.shape == (5, 40, 50, 2, 2)
    assert signaling(joint).max() < 1e-15


@pytest.mark.parametrize(
    ("joint", "message"),
    [
        (
            np.full((2, 2), 0.25),
            r"joint must have the shape \(\.\.\., na, nb, 2, 2\), got \(2, 2\)",
        ),
        (np.full((2, 2, 4), 0.25), r"joint must have the shape .*, got \(2, 2, 4\)"),
        (np.full((0, 2, 2, 2), 0.25), r"joint must have the shape .*, got \(0, 2, 2, 2\)"),
        (np.full((1, 1, 2, 2), 0.3), r"joint's sum over outcomes must be 1, got 1\.2"),
        (np.full((1, 1, 2, 2), np.nan), r"joint must be finite and at least 0, got nan"),
        ([[[[-0.5, 0.5], [0.5, 0.5]]]], r"joint must be finite and at least 0, got -0\.5"),
        ("table", r"joint must hold real numbers, got 'table'"),
    ],
)
def test_what_is_no_table_of_probabilities_is_refused(joint, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        signaling(joint)
