"""A class of students, good, bad and wicked, for one working folder."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECRET = "what the class of this test does not know"
SECONDS = 10


class Classroom:
    """A working folder, what is submitted in it, and what comes of it."""

    def __init__(self, folder, secret=SECRET, **environment):
        self.folder = folder
        self.environment = os.environ | {
            "COURSE_WORK": str(folder),
            "COURSE_SECRET": secret,
            "COURSE_SECONDS": str(SECONDS),
            **environment,
        }
        self.log = ""

    def run(self, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "course", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def do(self, *arguments):
        result = self.run(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def source(self, name):
        return json.loads((self.folder / "source" / name / f"{name}.ipynb").read_text())

    def released(self, name):
        return json.loads((self.folder / "release" / name / f"{name}.ipynb").read_text())

    def place(self, student, name):
        folder = self.folder / "submitted" / student / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}.ipynb"

    def submit(self, student, name, notebook):
        text = notebook if isinstance(notebook, str) else json.dumps(notebook)
        self.place(student, name).write_text(text)

    def submitted(self, student, name):
        """The cells of a submission, as far as it has some."""
        for path in (self.folder / "submitted" / student / name).glob("*.ipynb"):
            if path.is_file() and path.stat().st_size < 10**6:
                try:
                    cells = json.loads(path.read_text())["cells"]
                except (ValueError, KeyError, RecursionError):
                    continue
                cells = [cell for cell in cells if isinstance(cell, dict)]
                return [cell for cell in cells if isinstance(cell.get("source"), str)]
        return []

    def solved(self, name, **instead):
        """The released notebook, with every answer the instructor's, or another one."""
        answers = {part(cell): text_of(cell) for cell in self.source(name)["cells"]}
        answers |= {key.replace("_", "-"): text for key, text in instead.items()}
        notebook = self.released(name)
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("solution"):
                answer = answers[part(cell)]
                if isinstance(answer, dict):  # changes of the right answer
                    answer = change(text_of(self.cell(name, part(cell))), answer)
                cell["source"] = without_mark_scheme(answer)
        return notebook

    def cell(self, name, wanted):
        return next(cell for cell in self.source(name)["cells"] if part(cell) == wanted)

    def marks(self, student, name):
        """Automatic marks of each part; None where a marker must decide."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}", "waiting-magnet") as book:
            (notebook,) = book.find_submission(name, student).notebooks
            return {
                grade.name: None if grade.needs_manual_grade else grade.auto_score
                for grade in notebook.grades
            }

    def graded(self, student, name):
        path = self.folder / "autograded" / student / name / f"{name}.ipynb"
        return json.loads(path.read_text())

    def message(self, student, name, part_):
        """What the grader wrote below a test cell."""
        (cell,) = (c for c in self.graded(student, name)["cells"] if part(c) == part_)
        return "".join("".join(output.get("text", "")) for output in cell["outputs"])

    def notes(self, student, name):
        return "".join(self.graded(student, name)["cells"][0]["source"])

    def page(self, student, name):
        return (self.folder / "feedback" / student / name / f"{name}.html").read_text("utf8")

    def clear(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def part(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def text_of(cell):
    return "".join(cell["source"])


def change(text, changes):
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def without_mark_scheme(text):
    text = re.sub(r"=== BEGIN MARK SCHEME ===.*?=== END MARK SCHEME ===", "", text, flags=re.S)
    return "\n".join(line for line in text.splitlines() if "SOLUTION" not in line)
