"""The look of the book's static figures: one style, four colours with fixed meanings."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib_inline.backend_inline import set_matplotlib_formats

__all__ = ["ALICE", "BOB", "HIDDEN", "INK", "QUANTUM", "use_book_style"]

ALICE = "#0a6ebd"
"""Alice, and the aligned outcome."""
BOB = "#c8500a"
"""Bob, and the anti-aligned outcome."""
HIDDEN = "#1f7a4d"
"""The hidden direction."""
QUANTUM = "#7a5cc0"
"""What quantum theory predicts."""
INK = "#1c2733"
"""Axes, text and neutral curves."""


def use_book_style() -> None:
    """Draw every figure after this call in the book's style, as reproducible SVG."""
    mpl.rcParams.update(
        {
            "figure.figsize": (5.6, 3.2),
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "axes.prop_cycle": f"cycler(color={[ALICE, BOB, HIDDEN, QUANTUM]})",
            "axes.edgecolor": INK,
            "axes.labelcolor": INK,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "font.size": 11,
            "legend.frameon": False,
            "lines.linewidth": 1.8,
            "svg.fonttype": "path",
            "svg.hashsalt": "the-waiting-magnet",
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
        }
    )
    set_matplotlib_formats("svg", metadata={"Date": None})  # type: ignore[no-untyped-call]
