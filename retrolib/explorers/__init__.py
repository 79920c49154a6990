"""Live figures: ipywidgets whose drawing runs in the browser, with or without a kernel."""

from retrolib.explorers.histories import Histories
from retrolib.explorers.winding import Winding

__all__ = ["Histories", "Winding"]
