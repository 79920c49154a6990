"""What every explorer is: traits with a domain and one self-contained ES module."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import numpy as np
import traitlets

from retrolib import domain
from retrolib.explorers.join import widget

__all__ = ["Choice", "Clamped", "Explorer", "Switch"]

HERE = Path(__file__).parent


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

    @property
    def domain(self) -> dict[str, float | bool]:
        """What the page lets this trait be: numbers move in, what is none becomes `start`."""
        whole = {"whole": True} if isinstance(self.default_value, int) else {}
        ends = {"low": self.low, "high": self.high}
        return {"start": self.default_value, **ends, "step": self.step, **whole}

    def validate(self, obj: Any, value: Any) -> float:
        """Return `value` moved into range; raise TraitError for what is not a number."""
        try:
            single = domain.holds_numbers(value) and np.ndim(value) == 0
            number = float(value) if single else math.nan
        except OverflowError:
            number = math.inf if value > 0 else -math.inf
        except (TypeError, ValueError):
            number = math.nan
        if math.isnan(number):
            raise traitlets.TraitError(f"{self.name} must be a number, got {domain.brief(value)}")
        number = min(max(number, self.low), self.high)
        return round(number) if isinstance(self.default_value, int) else number


class Choice(traitlets.TraitType[Any, Any]):
    """One of a few words, the first by default."""

    def __init__(self, *words: str) -> None:
        super().__init__(words[0])
        self.words = words
        self.tag(sync=True)

    @property
    def domain(self) -> dict[str, str | list[str]]:
        """What the page lets this trait be: what is none of the words becomes `start`."""
        return {"start": self.words[0], "words": list(self.words)}

    def validate(self, obj: Any, value: Any) -> str:
        """Return `value`; raise TraitError for what is none of the words."""
        try:
            domain.one_of(str(self.name), value, self.words)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None
        return str(value)


class Switch(traitlets.TraitType[Any, Any]):
    """True or false, the latter by default."""

    default_value = False

    def __init__(self) -> None:
        super().__init__()
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> bool:
        """Return `value`; raise TraitError for what is neither."""
        if not isinstance(value, bool | np.bool_):
            raise traitlets.TraitError(
                f"{self.name} must be True or False, got {domain.brief(value)}"
            )
        return bool(value)


class Explorer(anywidget.AnyWidget):
    """An interactive figure. Its traits can be read, set, observed and linked like any ipywidget's.

    A subclass states its traits; `name`, after which its ES module is called; and `outputs`, the
    names of the quantities that it displays. The module has the traits' domains in it, so that a
    page keeps to them whatever state it is given.

    Attributes
    ----------
    unfolded : bool
        Whether it opens with all its controls and panels and not only with the first of them.
    """

    name: ClassVar[str]
    outputs: ClassVar[tuple[str, ...]]
    unfolded = Switch()
    domains: ClassVar[dict[str, dict[str, Any]]]
    # As text: a path is watched, and what watches it keeps every explorer.
    _css = (HERE / "explorer.css").read_text("utf8")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "name" in vars(cls):  # Not the class that ipywidgets makes for each instance.
            traits = {k: v for k, v in vars(cls).items() if isinstance(v, Clamped | Choice)}
            cls.domains = {name: trait.domain for name, trait in traits.items()}
            cls._esm = widget(HERE / f"{cls.name}.js", cls.domains)
        super().__init_subclass__(**kwargs)
