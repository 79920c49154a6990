"""Whatever an honest student's computer, browser or habit does to a notebook, nothing is lost."""

import copy
import io
import json
import os
import unicodedata
import zipfile

import nbformat
import pytest

from course import intake, steps

NAME = "ps1"
STUB = "def f(x):\n    # Your code here\n    raise NotImplementedError"
EMPTY = "*Your answer here.*"


def cell(kind, source, grade_id=None, **data):
    made = (
        nbformat.v4.new_code_cell(source)
        if kind == "code"
        else nbformat.v4.new_markdown_cell(source)
    )
    if grade_id:
        made.metadata.nbgrader = nbformat.from_dict(
            {"grade_id": grade_id, "locked": False, "grade": False} | data
        )
    return made


def released():
    return nbformat.v4.new_notebook(
        cells=[
            cell("code", "import numpy as np"),
            cell("markdown", "## 1. A function\n\nWrite it."),
            cell("code", STUB, "q1"),
            cell("code", "# Example\nassert f(1) == 1", "q1-test", locked=True, grade=True),
            cell("markdown", "## 2. Why?\n\nBecause of the naïve sum."),
            cell("markdown", EMPTY, "q2", grade=True),
            cell("markdown", "## 3. And why else?"),
            cell("markdown", EMPTY, "q3", grade=True),
        ]
    )


def solved(answer="def f(x):\n    return x", why="Because."):
    notebook = released()
    notebook.cells[2].source = answer
    notebook.cells[5].source = why
    return notebook


def text(notebook):
    return json.dumps(notebook).encode()


def zipped(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def taken(tmp_path, files):
    """What grading makes of a folder with these files; the later ones are newer."""
    for age, (name, content) in enumerate(files.items()):
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (10**9 + age, 10**9 + age))
    cells, notes = intake.find(tmp_path / "folder", NAME, released())
    notebook, more = intake.restore(cells, released())
    return notebook, notes + more


def part(notebook, name):
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


GOOD = text(solved())


@pytest.mark.parametrize(
    "name",
    [
        "ps1.ipynb",
        "PS1.IPYNB",
        "ps1.ipynb.txt",
        "ps1.ipynb.json",
        "ps1.json",
        "ps1",
        "Ps1.Ipynb",
        "ps1 (1).ipynb",
        "ps1-1.ipynb",
        "Kopie von ps1.ipynb",
        "Anna Groß, Übung 1.ipynb",
        "homework/ps1/ps1.ipynb",
        "ps1.ipynb/ps1.ipynb",
        "ps1.ipynb.download",
    ],
)
def test_a_notebook_is_found_whatever_it_is_called(tmp_path, name):
    notebook, notes = taken(tmp_path, {name: GOOD})
    assert part(notebook, "q1").source == "def f(x):\n    return x"
    if name == "ps1.ipynb":
        assert notes == []
    else:
        assert notes == [f"The notebook should be called ps1.ipynb; {name!r} was taken anyhow."]


@pytest.mark.parametrize("name", ["ps1.zip", "hand-in.ZIP", "ps1.ipynb", "ps1.zip.txt"])
@pytest.mark.parametrize("inside", ["ps1.ipynb", "ps1/ps1.ipynb", "My Work/PS1 (2).IPYNB"])
def test_a_notebook_is_found_in_a_zip(tmp_path, name, inside):
    junk = {"__MACOSX/._ps1.ipynb": b"\0", ".DS_Store": b"\0", "plot.png": b"\x89PNG"}
    checkpoint = {"ps1/.ipynb_checkpoints/ps1-checkpoint.ipynb": text(released())}
    notebook, notes = taken(tmp_path, {name: zipped(junk | checkpoint | {inside: GOOD})})
    assert part(notebook, "q1").source == "def f(x):\n    return x"
    assert notes == [
        f"The notebook should be called ps1.ipynb; {name + '/' + inside!r} was taken anyhow."
    ]


OTHER = text(nbformat.v4.new_notebook(cells=[cell("code", "1")]))
OLD, NEW = text(solved("def f(x):\n    return 1")), GOOD


@pytest.mark.parametrize(
    ("files", "counts"),
    [
        ({"ps1.ipynb": text(released()), "ps1 (1).ipynb": NEW}, "ps1 (1).ipynb"),
        ({"ps1.ipynb": NEW, "ps1 (1).ipynb": text(released())}, "ps1.ipynb"),
        ({"ps1 (2).ipynb": NEW, "ps1 (1).ipynb": OLD, "ps1.ipynb": OLD}, "ps1 (2).ipynb"),
        ({"ps1-1.ipynb": NEW, "ps1.ipynb": OLD}, "ps1-1.ipynb"),
        ({"ps1.ipynb": OLD, "ps1_final.ipynb": NEW}, "ps1_final.ipynb"),
        ({"ps1.ipynb": OLD, "ps1.zip": zipped({"ps1 (3).ipynb": NEW})}, "ps1.zip/ps1 (3).ipynb"),
        ({"old/ps1.ipynb": OLD, "ps1.ipynb": NEW}, "ps1.ipynb"),
        ({"ps1.ipynb": NEW, "notes.ipynb": OTHER}, "ps1.ipynb"),
        ({"ps1.ipynb": NEW, "ps2.ipynb": text(nbformat.v4.new_notebook())}, "ps1.ipynb"),
    ],
)  # fmt: skip
def test_of_several_notebooks_the_latest_with_answers_counts_and_a_note_says_so(
    tmp_path, files, counts
):
    notebook, notes = taken(tmp_path, files)
    assert part(notebook, "q1").source == "def f(x):\n    return x"
    (note,) = notes
    assert note.startswith(f"There were {len(files)} notebooks. {counts!r} was graded")
    assert all(repr(name) in note for name in files if counts != name and "zip" not in name)


@pytest.mark.parametrize("bad", [b'{"cells": [', b"", b"PK\3\4 no zip", b'{"worksheets": []}'])
def test_a_damaged_file_beside_a_good_one_is_named_and_does_not_matter(tmp_path, bad):
    notebook, notes = taken(tmp_path, {"ps1.ipynb": bad, "ps1 (1).ipynb": GOOD})
    assert part(notebook, "q1").source == "def f(x):\n    return x"
    assert any("'ps1.ipynb' was not looked at" in note for note in notes)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"ps1.pdf": b"%PDF"}, r"no ps1\.ipynb, only 'ps1\.pdf'"),
        ({"ps1.py": b"print(1)", "plot.png": b"\x89PNG"}, r"only 'plot\.png', 'ps1\.py'"),
        ({"ps1.tar.gz": b"\x1f\x8b"}, r"only 'ps1\.tar\.gz'"),
        ({"ps1.ipynb": b"\x1f\x8b"}, "not a notebook"),
        ({"ps1.zip": zipped({"ps1.pdf": b"%PDF"})}, r"no ps1\.ipynb"),
        ({"ps1.zip": b"PK\3\4" + zipped({"ps1.ipynb": GOOD})[9:]}, "damaged|not a notebook|no ps1"),
        ({"ps1.ipynb/readme.html": b"<p>"}, r"only 'ps1\.ipynb/'"),
    ],
)
def test_where_there_is_no_notebook_the_reason_says_what_there_is(tmp_path, files, why):
    with pytest.raises(intake.Unreadable, match=why):
        taken(tmp_path, files)


def test_a_folder_where_the_notebook_should_be_is_no_error(tmp_path):
    (tmp_path / "folder" / "ps1.ipynb").mkdir(parents=True)
    with pytest.raises(intake.Unreadable, match=r"there is no ps1\.ipynb, only 'ps1\.ipynb/'"):
        intake.find(tmp_path / "folder", NAME, released())


def another_set():
    """Other tasks under the same ids, as every set has them, with answers."""
    notebook = released()
    for one in notebook.cells[1:]:
        one.source = f"Another set: {one.source[::-1]}"
    return text(notebook)


def test_another_sets_notebook_is_called_that(tmp_path):
    _, notes = taken(tmp_path, {"ps1.ipynb": another_set()})
    assert any("is it this set's notebook?" in note for note in notes)


@pytest.mark.parametrize("name", ["ps2.ipynb", "ps1 (7).ipynb", "z/ps1.ipynb"])
def test_another_sets_notebook_does_not_go_before_the_right_one(tmp_path, name):
    notebook, notes = taken(tmp_path, {"ps1.ipynb": GOOD, name: another_set()})
    assert part(notebook, "q1").source == "def f(x):\n    return x"
    assert "'ps1.ipynb' was graded" in notes[0]


def crlf(source):
    return source.replace("\n", "\r\n")


CHANGES = {
    "crlf": crlf,
    "cr": lambda source: source.replace("\n", "\r"),
    "spaces at line ends": lambda source: source.replace("\n", "  \n") + " ",
    "blank lines around": lambda source: f"\n\n{source}\n\n",
    "accents apart": lambda source: unicodedata.normalize("NFD", source),
    "hard spaces": lambda source: source.replace(" ", "\xa0"),
    "byte order mark": lambda source: "\ufeff" + source,
}


@pytest.mark.parametrize("how", CHANGES)
@pytest.mark.parametrize("lines", [False, True])
def test_white_space_is_neither_tampering_nor_an_answer(tmp_path, how, lines):
    notebook = released()
    for one in notebook.cells:
        one.source = CHANGES[how](one.source)
        if lines:
            one.source = one.source.splitlines(keepends=True)
    mine, notes = taken(tmp_path, {"ps1.ipynb": text(notebook)})
    assert notes == []
    for name in ("q1", "q1-test", "q2", "q3"):  # nbgrader knows an empty answer by its checksum
        assert part(mine, name).source == part(released(), name).source


def test_a_changed_test_is_still_noted(tmp_path):
    notebook = solved()
    notebook.cells[3].source = "# Example\nassert True"
    _, notes = taken(tmp_path, {"ps1.ipynb": text(notebook)})
    assert notes == ["The test cell q1-test had been changed and was put back."]


def moved(change):
    notebook = released()
    change(notebook.cells)
    return notebook


OWN = "The naive sum stops too early."


def below(cells):
    cells.insert(6, cell("markdown", OWN))


def above(cells):
    cells.insert(5, cell("markdown", OWN))


def in_the_question(cells):
    cells[4].source += f"\n\n{OWN}"


def as_a_comment(cells):
    cells.insert(6, cell("code", f"# {OWN}"))


def raw(cells):
    cells.insert(6, nbformat.v4.new_raw_cell(OWN))


def instead(cells):
    cells[5] = cell("markdown", OWN)


def far_away_and_cell_deleted(cells):
    del cells[5]
    cells.append(cell("markdown", OWN))


def emptied_and_below(cells):
    cells[5].source = ""
    below(cells)


@pytest.mark.parametrize(
    "where",
    [below, above, in_the_question, as_a_comment, raw, instead, far_away_and_cell_deleted,
     emptied_and_below],
)  # fmt: skip
def test_a_text_in_another_cell_goes_to_the_marker_with_a_note(tmp_path, where):
    mine, notes = taken(tmp_path, {"ps1.ipynb": text(moved(where))})
    assert part(mine, "q2").source == intake.ELSEWHERE
    assert any(note.startswith("q2 was left as it was, but other cells") for note in notes)
    assert any(OWN in one.source for one in mine.cells)
    if where is not far_away_and_cell_deleted:
        assert part(mine, "q3").source == EMPTY


@pytest.mark.parametrize("kind", ["nothing", "scratch elsewhere", "answered"])
def test_an_answer_that_was_left_or_given_is_not_sent_to_the_marker_for_others(tmp_path, kind):
    notebook = solved() if kind == "answered" else released()
    if kind == "scratch elsewhere":
        notebook.cells.insert(3, cell("code", "f(2)"))
    if kind == "answered":
        below(notebook.cells)
    mine, notes = taken(tmp_path, {"ps1.ipynb": text(notebook)})
    assert intake.ELSEWHERE not in {one.source for one in mine.cells}
    assert notes == []


MINE = "def f(x):\n    return x"


@pytest.mark.parametrize(
    "write",
    [
        lambda cells: cells.insert(2, cell("code", MINE)),
        lambda cells: cells.insert(3, cell("code", MINE)),
        lambda cells: cells.insert(2, cell("code", f"%matplotlib inline\n{MINE}")),
        lambda cells: cells.insert(0, cell("code", "f = lambda x: x")),
        lambda cells: cells.append(cell("code", "f: object = abs")),
    ],
)
def test_a_function_in_another_cell_is_not_undone_by_the_empty_one(tmp_path, write):
    mine, notes = taken(tmp_path, {"ps1.ipynb": text(moved(write))})
    names = {}
    for one in mine.cells:
        if one.cell_type == "code" and "# Example" not in one.source:
            exec(one.source.replace("%matplotlib inline", ""), names)
    assert names["f"](1) == 1
    assert "The answer to q1 stood in another cell; it was taken from there." in notes


def test_a_call_is_no_definition(tmp_path):
    mine, notes = taken(
        tmp_path, {"ps1.ipynb": text(moved(lambda c: c.append(cell("code", "f(x=1)\nf == 2"))))}
    )
    assert part(mine, "q1").source == STUB
    assert not any("another cell" in note for note in notes if "q1" in note)


@pytest.mark.parametrize(
    "folder",
    ["Anna Maria Groß", "李 雷", "O'Brien (2)", "=cmd()", "..evil", "\u202egro.exe", "x" * 150,
     "-rf", "a,b;c", "ann*", "Zoë"],
)  # fmt: skip
def test_every_name_of_a_folder_has_one_of_its_own_in_the_gradebook(folder):
    name = intake.identifier(folder)
    assert intake.STUDENT.fullmatch(name)
    assert len(name) <= 60
    assert name != intake.identifier(folder + "x")
    assert name == intake.identifier(unicodedata.normalize("NFD", folder))
    assert intake.identifier(name) == name


def test_usual_names_stay_as_they_are():
    for name in ("ann", "ann.smith@example.org", "s1234567", "A-b_c"):
        assert intake.identifier(name) == name


def test_what_takes_much_memory_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "ps1.ipynb"
    for content, much in [('{"":{}},', 10**6), ("1,", 3 * 10**6), ("[],", 10**6)]:
        path.write_text('{"cells":[' + content * much + "0]}")
        with pytest.raises(intake.Unreadable, match="clear all outputs"):
            intake.read(path)


def placed(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.mark.parametrize(
    "file", ["ann/ps1/ps1.ipynb", "ann/PS1/ps1.ipynb", "ann/ps1.ipynb", "ann/ps1 (1).ipynb",
             "ann/ps1.zip", "ann/ps1 /ps1.ipynb"]
)  # fmt: skip
def test_a_submission_is_found_where_people_put_it(tmp_path, monkeypatch, file):
    monkeypatch.setenv("COURSE_WORK", str(tmp_path))
    placed(tmp_path / "submitted", {file: GOOD})
    assert list(steps.submissions("ps1")) == ["ann"]
    assert steps._unknown(["ps1"]) == []


@pytest.mark.parametrize("file", ["ann.ipynb", "ann/homework.ipynb", "ann/week 1/ps.ipynb"])
def test_what_belongs_to_no_set_is_named(tmp_path, monkeypatch, file):
    monkeypatch.setenv("COURSE_WORK", str(tmp_path))
    placed(tmp_path / "submitted", {file: GOOD, "bob/ps2/ps2.ipynb": GOOD})
    assert steps.submissions("ps1") == {}
    (line,) = steps._unknown(["ps1"])
    assert line.startswith(f"{file.split('/')[0]!r} NOT GRADED")


def test_a_notebook_does_not_change_by_being_read(tmp_path):
    notebook = solved()
    before = copy.deepcopy(notebook)
    mine, notes = taken(tmp_path, {"ps1.ipynb": text(notebook)})
    assert notes == []
    assert [one.source for one in mine.cells] == [one.source for one in before.cells]
