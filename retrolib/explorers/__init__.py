"""Live figures: ipywidgets whose drawing runs in the browser, with or without a kernel."""

from retrolib.explorers.anomaly import Anomaly
from retrolib.explorers.chsh import Chsh
from retrolib.explorers.correlation import Correlation
from retrolib.explorers.histories import Histories
from retrolib.explorers.intervention import Intervention
from retrolib.explorers.signaling import Signaling
from retrolib.explorers.source import Source
from retrolib.explorers.winding import Winding

__all__ = [
    "Anomaly",
    "Chsh",
    "Correlation",
    "Histories",
    "Intervention",
    "Signaling",
    "Source",
    "Winding",
]
