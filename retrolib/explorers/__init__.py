"""Live figures: ipywidgets whose drawing runs in the browser, with or without a kernel."""

from retrolib.explorers.anomaly import Anomaly
from retrolib.explorers.chain import Chain
from retrolib.explorers.chsh import Chsh
from retrolib.explorers.correlation import Correlation
from retrolib.explorers.ghz import Ghz
from retrolib.explorers.histories import Histories
from retrolib.explorers.intervention import Intervention
from retrolib.explorers.signaling import Signaling
from retrolib.explorers.source import Source
from retrolib.explorers.tail import Tail
from retrolib.explorers.third import Third
from retrolib.explorers.victor import Victor
from retrolib.explorers.winding import Winding

__all__ = [
    "Anomaly",
    "Chain",
    "Chsh",
    "Correlation",
    "Ghz",
    "Histories",
    "Intervention",
    "Signaling",
    "Source",
    "Tail",
    "Third",
    "Victor",
    "Winding",
]
