"""What every explorer is: clamped traits and one self-contained ES module."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

__all__ = ["Clamped", "Explorer"]

HERE = Path(__file__).parent
SHARED = ("model.js", "drawing.js")
IMPORT = re.compile(r"^import [^;]*;\n", flags=re.MULTILINE)


def read_module(name: str) -> str:
    """Join the shared files and the explorer's own into one module, without its imports."""
    return "\n".join(IMPORT.sub("", (HERE / file).read_text("utf8")) for file in (*SHARED, name))


class Clamped(traitlets.TraitType[Any, Any]):
    """A number kept between `low` and `high`: others move to the nearer end, NaN is refused.

    It is an integer when its default is one.
    """

    def __init__(
        self, default: float, low: float, high: float, step: float, **metadata: Any
    ) -> None:
        super().__init__(default, **metadata)
        self.low, self.high, self.step = low, high, step
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> float:
        """Return `value` moved into range; raise TraitError for what is not a number."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            self.error(obj, value)
        if math.isnan(number):
            raise traitlets.TraitError(f"{self.name} must be a number, got {value!r}")
        number = min(max(number, self.low), self.high)
        return round(number) if isinstance(self.default_value, int) else number


class Explorer(anywidget.AnyWidget):
    """An interactive figure. Its traits can be read, set, observed and linked like any ipywidget's.

    A subclass states its traits, and `name`, after which its ES module is called.
    """

    name: ClassVar[str]
    ranges = traitlets.Dict(read_only=True).tag(sync=True)
    _css = HERE / "explorer.css"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "name" in vars(cls):  # Not the class that ipywidgets makes for each instance.
            cls._esm = read_module(f"{cls.name}.js")
        super().__init_subclass__(**kwargs)

    @traitlets.default("ranges")
    def _default_ranges(self) -> dict[str, Any]:
        return {
            name: {"low": t.low, "high": t.high, "step": t.step, "start": t.default_value}
            for name, t in self.traits().items()
            if isinstance(t, Clamped)
        }
