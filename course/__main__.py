"""The instructor's commands: ``python -m course release ps1``, and so on."""

from __future__ import annotations

import argparse
import sys

from course import steps
from course.grading import NoSecret
from course.sets import Mistake


def main() -> None:
    """Do one step for one set."""
    parser = argparse.ArgumentParser(prog="python -m course")
    parser.add_argument("step", choices=["release", "grade", "feedback", "export"])
    parser.add_argument("set", help="the problem set, such as ps1")
    given = parser.parse_args()
    try:
        steps.work().mkdir(parents=True, exist_ok=True)
        if given.step == "release":
            print(f"Give students {steps.release(given.set)}")
        elif given.step == "grade":
            outcomes = steps.grade(given.set)
            if any(outcome.error for outcome in outcomes):
                sys.exit(1)
        elif given.step == "feedback":
            pages = steps.feedback(given.set)
            print(f"{len(pages)} pages in {steps.work() / 'feedback'}")
        else:
            roster = steps.work() / "roster.csv"
            if roster.is_file():
                print(f"{steps.roster(roster)} students in {roster.name}")
            for path in steps.export(given.set):
                print(path)
    except (Mistake, NoSecret, steps.Failed) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
