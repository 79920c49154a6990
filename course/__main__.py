"""The instructor's commands: ``python -m course release ps1``, for one set or several."""

from __future__ import annotations

import argparse
import sys

from course import steps
from course.grading import NoSecret
from course.sets import Mistake


def main() -> None:
    """Do one step."""
    parser = argparse.ArgumentParser(prog="python -m course")
    parser.add_argument("step", choices=["release", "grade", "feedback", "export"])
    parser.add_argument("sets", nargs="+", metavar="set", help="a problem set, such as ps1")
    given = parser.parse_args()
    try:
        steps.work().mkdir(parents=True, exist_ok=True)
        if given.step == "release":
            for name in given.sets:
                print(f"Give students {steps.release(name)}")
        elif given.step == "grade":
            if any(outcome.error for outcome in steps.grade(given.sets)):
                sys.exit(1)
        elif given.step == "feedback":
            for name in given.sets:
                steps.feedback(name)
            print(f"Pages are in {steps.work() / 'feedback'}")
        else:
            roster = steps.work() / "roster.csv"
            if roster.is_file():
                print(f"{steps.roster(roster)} students in {roster.name}")
            for name in given.sets:
                print(*steps.export(name), sep="\n")
    except (Mistake, NoSecret, steps.Failed) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
