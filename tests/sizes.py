"""What the packages of requirements.txt take on disk: `python -m tests.sizes` lists the largest."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

__all__ = ["installed"]

ROOT = Path(__file__).parents[1]
SHOWN = 10


def installed(requirements: Path = ROOT / "requirements.txt") -> dict[str, float]:
    """Return the megabytes of each pinned package that is installed here, the largest first.

    One whose marker excludes this system is not. Files that pip compiled count.
    """
    sizes = {}
    for name in re.findall(r"^([a-z0-9._-]+)==", requirements.read_text("utf8"), re.MULTILINE):
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        files = [Path(str(package.locate_file(file))) for file in package.files or []]
        sizes[name] = sum(file.stat().st_size for file in files if file.is_file()) / 1e6
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))


def main() -> None:
    """Print the largest packages and the sum over all."""
    sizes = installed()
    for name, megabytes in list(sizes.items())[:SHOWN]:
        print(f"{name:<28} {megabytes:7.1f} MB")
    print(f"{f'all {len(sizes)} packages':<28} {sum(sizes.values()):7.1f} MB")


if __name__ == "__main__":
    main()
