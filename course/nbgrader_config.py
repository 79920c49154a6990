"""Configuration that nbgrader, its formgrader and the commands of this course share."""

import os
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from nbgrader.preprocessors import (  # noqa: E402
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LimitOutput,
    LockCells,
    SaveAutoGrades,
    SaveCells,
)

from course.grading import Grade  # noqa: E402
from course.pages import highlighted, without_html  # noqa: E402

c = get_config()  # type: ignore[name-defined]  # noqa: F821

c.CourseDirectory.course_id = "waiting-magnet"
c.CourseDirectory.root = os.environ.get("COURSE_WORK", str(FOLDER / "work"))
# nbgrader works on what intake.py made of the folder `submitted`.
c.CourseDirectory.submitted_directory = "staged"

# Hidden tests and mark schemes go before anything is saved: the gradebook, the graded notebooks
# and the feedback never hold them. Checksums are those of the released cells, so that an answer
# that was left as it was gets its zero without a marker.
c.ClearMarkScheme.enforce_metadata = False
c.ClearSolutions.code_stub = {"python": "# Your code here\nraise NotImplementedError"}
c.ClearSolutions.text_stub = "*Your answer here.*"
c.GenerateAssignment.preprocessors = [
    LockCells,
    ClearSolutions,
    ClearMarkScheme,
    ClearHiddenTests,
    ClearOutput,
    ComputeChecksums,
    SaveCells,
    CheckCellMetadata,
]

# Grade replaces nbgrader's Execute: nothing of a submission runs in nbgrader's own process.
c.Autograde.autograde_preprocessors = [
    Grade,
    LimitOutput,
    SaveAutoGrades,
    CheckCellMetadata,
]
c.Grade.seconds = float(os.environ.get("COURSE_SECONDS", "20"))

# A submission's own HTML and scripts must not run in the browser of whoever reads it.
c.HTMLExporter.filters = {"markdown2html": without_html, "highlight_code": highlighted}

# nbconvert's pages look here first for parts of their templates.
os.environ["JUPYTER_PATH"] = os.pathsep.join(
    [str(FOLDER / "jupyter"), *filter(None, [os.environ.get("JUPYTER_PATH")])]
)
