"""The instructor's commands: ``python -m course release ps1``, for one set or several."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from course import records
from course.sets import FOLDER, Mistake

STEPS = ("release", "collect", "grade", "mark", "feedback", "export", "similar")


def main() -> None:
    """Do one step."""
    parser = argparse.ArgumentParser(prog="python -m course")
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("sets", nargs="*", metavar="set", help="a problem set, such as ps1")
    parser.add_argument("--student", default="", help="grade, feedback: this one only")
    parser.add_argument("--from", dest="download", help="collect: what Canvas or Moodle gave")
    parser.add_argument("--times", help="collect: Moodle's grading worksheet")
    given = parser.parse_args()
    # One folder for this process, for those that it starts, and for nbgrader's.
    os.environ["COURSE_WORK"] = str(records.work())
    os.environ["COURSE_SETS"] = str(Path(os.environ.get("COURSE_SETS") or FOLDER).resolve())
    records.work().mkdir(parents=True, exist_ok=True)

    from course import collect, marks, room, similar, steps
    from course.grading import NoSecret, class_secret

    try:
        if given.step == "mark":
            mark()
        if not given.sets:
            raise Mistake(f"name the set: make course-{given.step} SET=ps1")
        if given.step == "grade":
            class_secret()
            room.install()
            if any(outcome.error for outcome in steps.grade(given.sets, given.student)):
                sys.exit(1)
        for name in given.sets:
            steps.problem_set(name)
            if given.step == "release":
                print(f"Give students {steps.release(name)}")
            elif given.step == "collect":
                paths = [Path(p).expanduser() if p else None for p in (given.download, given.times)]
                told(name, collect.collect(name, *paths))
            elif given.step == "feedback":
                pages = steps.feedback(name, given.student)
                print(f"{len(pages)} pages are in {records.work() / 'feedback'}")
                print(f"All in one for the platform: {collect.hand_back(name)}")
            elif given.step == "export":
                print(*marks.export(name), sep="\n")
            elif given.step == "similar":
                path, listed = similar.similar(name)
                print(f"{len(listed)} pairs to look at in {path}. Being alike proves nothing.")
    except (Mistake, NoSecret, steps.Failed) as error:
        sys.exit(str(error))


def told(name: str, result: object) -> None:
    """Print what came of a download."""
    from course.collect import Collected
    from course.late import policy

    assert isinstance(result, Collected)
    platforms = {said["platform"].capitalize() for said in result.students.values()}
    print(f"{len(result.students)} submissions from {' and '.join(sorted(platforms))}.")
    print(result.times)
    late = sorted(student for student, said in result.students.items() if said["late"])
    if late:
        print(f"Late: {', '.join(late)}.")
    if not policy(name).due:
        print("No late policy: late.csv has no time when this set is due, so nothing is taken off.")
    for line in result.left:
        print(f"Left out: {line}")


def mark() -> None:
    """Become the server with nbgrader's pages for marking by hand."""
    command = ["jupyter", "lab", f"--ServerApp.root_dir={records.work()}"]
    command += ["--LabApp.default_url=/formgrader"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    os.chdir(FOLDER)
    os.execvp(Path(sys.executable).with_name("jupyter"), command)


if __name__ == "__main__":
    main()
