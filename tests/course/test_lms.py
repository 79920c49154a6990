"""From what Canvas and Moodle give out to submissions, and from marks and pages back to them."""

import csv
import json
import shutil
import time
import warnings
import zipfile
from datetime import datetime, timedelta

import pytest

from course import collect, late, marks, records, roster, similar, steps
from course.intake import identifier
from course.sets import Mistake

from .classroom import Classroom

pytestmark = pytest.mark.slow

NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory):
    """A working folder in which ps1 is released; each test starts with a copy of its gradebook."""
    room = Classroom(tmp_path_factory.mktemp("lms"))
    room.do("release", "ps1")
    return room.folder


@pytest.fixture
def work(class_folder, monkeypatch):
    """The working folder, with nothing handed in and an empty gradebook."""
    monkeypatch.setenv("COURSE_WORK", str(class_folder))
    empty = (class_folder / "gradebook.db").read_bytes()
    kept = set(class_folder.iterdir())
    yield class_folder
    (class_folder / "gradebook.db").write_bytes(empty)
    for path in set(class_folder.iterdir()) - kept:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def download(path, files, when=None):
    """A zip of files; `when` gives each a time, or all have one."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            at = (when or {}).get(name, datetime(2026, 10, 6, 12, 0))
            archive.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), content)
    return path


def handed_in(work):
    return {
        str(path.relative_to(work / "submitted"))
        for path in (work / "submitted").rglob("*")
        if path.is_file() and path.name != "timestamp.txt"
    }


CANVAS = {
    "adamsalice_101_9001_ps1.ipynb": NOTEBOOK,
    "großannamaria_LATE_102_9002_ps1-1.ipynb": NOTEBOOK,
    "liwei_103_9003_ps1.zip": NOTEBOOK,
    "liwei_103_9004_notes.pdf": "%PDF",
    "o_neill_104_9005_PS1 (2).IPYNB": NOTEBOOK,
    "text_105_text.html": "<p>",
}
MOODLE = {
    "Alice Adams_3047_assignsubmission_file/ps1.ipynb": NOTEBOOK,
    "Anna Maria Groß_3048_assignsubmission_file_/ps1 (1).ipynb": NOTEBOOK,
    "Group B-Li Wei_3049_assignsubmission_file/work/ps1.ipynb": NOTEBOOK,
    "Bob O'Neill_3050_assignsubmission_file_ps1.ipynb": NOTEBOOK,
    "Eve_3051_assignsubmission_onlinetext/onlinetext.html": "<p>",
}


def test_a_download_of_canvas_becomes_submissions(work, tmp_path):
    result = collect.collect("ps1", download(tmp_path / "submissions.zip", CANVAS))
    assert handed_in(work) == {
        "101/ps1/ps1.ipynb",
        "102/ps1/ps1-1.ipynb",
        "103/ps1/ps1.zip",
        "103/ps1/notes.pdf",
        "104/ps1/PS1 (2).IPYNB",
    }
    assert {s for s, said in result.students.items() if said["late"]} == {"102"}
    assert any("text_105_text.html" in line for line in result.left)
    assert "does not say when" in result.times


def test_a_download_of_moodle_becomes_submissions(work, tmp_path):
    result = collect.collect("ps1", download(tmp_path / "ps1.zip", MOODLE))
    files = {name.split("/", 1)[1] for name in handed_in(work)}
    assert files == {"ps1/ps1.ipynb", "ps1/ps1 (1).ipynb", "ps1/work_ps1.ipynb"}
    assert len(result.students) == 4
    assert "Alice-Adams" in " ".join(result.students)
    assert any("a text typed into Moodle" in line for line in result.left)


def test_the_roster_tells_whose_a_submission_is(work, tmp_path):
    (work / "roster.csv").write_text(
        "id,first_name,last_name,email,lms_user_id\nalice,Alice,Adams,,101\n"
        "anna,Anna Maria,Groß,,\nli,Wei,Li,,\nbob,Bob,O'Neill,,\n"
    )
    collect.collect("ps1", download(tmp_path / "m.zip", MOODLE))
    assert {name.split("/")[0] for name in handed_in(work)} == {"alice", "anna", "li", "bob"}
    result = collect.collect("ps1", download(tmp_path / "c.zip", CANVAS))
    assert "alice" in result.students
    assert "102: not in roster.csv" in result.left


def test_two_of_one_name_are_two_students(work, tmp_path):
    twins = {
        "Ann Lee_1_assignsubmission_file/ps1.ipynb": NOTEBOOK,
        "Ann Lee_2_assignsubmission_file/ps1.ipynb": NOTEBOOK,
        "Participant_3_assignsubmission_file/ps1.ipynb": NOTEBOOK,
        "Participant_4_assignsubmission_file/ps1.ipynb": NOTEBOOK,
    }
    result = collect.collect("ps1", download(tmp_path / "m.zip", twins))
    assert len(result.students) == len(handed_in(work)) == 4


def test_an_unpacked_download_will_do_and_a_second_one_replaces_the_first(work, tmp_path):
    with zipfile.ZipFile(download(tmp_path / "m.zip", MOODLE)) as archive:
        archive.extractall(tmp_path / "unpacked")
    collect.collect("ps1", tmp_path / "unpacked")
    assert len(handed_in(work)) == 4
    newer = {"Alice Adams_3047_assignsubmission_file/ps1-2.ipynb": NOTEBOOK}
    collect.collect("ps1", download(tmp_path / "m2.zip", newer))
    assert len(handed_in(work)) == 4
    assert any("ps1-2.ipynb" in name for name in handed_in(work))
    assert len(late.collected("ps1")) == 4


def test_several_files_of_one_student_are_kept_apart(work, tmp_path):
    files = {
        "li_103_9001_ps1.ipynb": NOTEBOOK,
        "li_103_9002_ps1.ipynb": NOTEBOOK,
        "li_103_9003_ps1.ipynb": NOTEBOOK,
    }
    collect.collect("ps1", download(tmp_path / "c.zip", files))
    assert {name.split("/")[-1] for name in handed_in(work)} == {
        "ps1.ipynb",
        "ps1 (1).ipynb",
        "ps1 (2).ipynb",
    }


@pytest.mark.parametrize(
    "name",
    ["../../evil_1_2_ps1.ipynb", "/etc/evil_1_2_ps1.ipynb", "x/../../../evil_1_2_ps1.ipynb"],
)
def test_no_file_leaves_the_folder(work, tmp_path, name):
    files = {name: NOTEBOOK, "ann_1_2_ps1.ipynb": NOTEBOOK}
    result = collect.collect("ps1", download(tmp_path / "c.zip", files))
    assert any("not a place inside" in line for line in result.left)
    assert handed_in(work) == {"1/ps1/ps1.ipynb"}


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"ps1.ipynb": NOTEBOOK}, "nothing in the download is named as Canvas or Moodle"),
        ({"report.pdf": "x", "a/b.ipynb": NOTEBOOK}, "take the zip that they give out as it is"),
        ({}, "nothing in the download"),
    ],
)
def test_a_file_that_is_no_download_is_refused_with_the_reason(work, tmp_path, files, why):
    with pytest.raises(Mistake, match=why):
        collect.collect("ps1", download(tmp_path / "x.zip", files))
    with pytest.raises(Mistake, match="there is no"):
        collect.collect("ps1", tmp_path / "not-there.zip")


def test_without_a_download_the_command_says_where_to_put_it(work):
    with pytest.raises(Mistake, match=r"FROM=submissions\.zip"):
        collect.collect("ps1")


DUE = datetime(2026, 10, 5, 23, 59)


def test_the_files_own_times_count_where_the_platform_wrote_them(work, tmp_path):
    (work / "late.csv").write_text("set,id,due,per_day,at_most\nps1,,2026-10-05 23:59,10,50\n")
    when = dict(zip(MOODLE, (DUE - timedelta(days=3), DUE + timedelta(hours=1)), strict=False))
    result = collect.collect("ps1", download(tmp_path / "m.zip", MOODLE, when))
    assert result.times == "Times are those of the files in the download."
    said = {student.split("-")[0]: said for student, said in result.students.items()}
    assert said["Anna"]["time"] == "2026-10-06 00:58:00" or said["Anna"]["time"].startswith(
        "2026-10-06 00:59"
    )
    assert (said["Alice"]["late"], said["Anna"]["late"]) == (False, True)


@pytest.mark.parametrize(
    "text",
    ["Tuesday, 6 October 2026, 1:05 AM", "Tuesday, October 6, 2026, 1:05 AM", "2026-10-06 01:05",
     "06.10.2026 01:05", "Tuesday, 6 October 2026, 01:05"],
)  # fmt: skip
def test_moodles_grading_worksheet_tells_when(work, tmp_path, text):
    (work / "late.csv").write_text("set;due\nps1;5.10.2026\n")
    sheet = tmp_path / "Grades-ps1.csv"
    sheet.write_text(
        "Identifier,Full name,Status,Grade,Last modified (submission)\n"
        f'Participant 3047,Alice Adams,Submitted,,"{text}"\nParticipant 3048,Anna,,,-\n'
    )
    result = collect.collect("ps1", download(tmp_path / "m.zip", MOODLE), sheet)
    assert "worksheet" in result.times
    (alice,) = (said for student, said in result.students.items() if student.startswith("Alice"))
    assert alice["time"] == "2026-10-06 01:05:00"
    assert alice["late"]


def test_a_time_that_cannot_be_read_is_named(work, tmp_path):
    sheet = tmp_path / "Grades-ps1.csv"
    sheet.write_text("Identifier,Last modified (submission)\nParticipant 3047,mardi 6 octobre\n")
    with pytest.raises(Mistake, match="line 2: cannot read the time 'mardi 6 octobre'"):
        collect.collect("ps1", download(tmp_path / "m.zip", MOODLE), sheet)


def hand_in(work, student, when=None, score=9.0):
    """Write a submission into the gradebook, as grading does."""
    with records.gradebook() as book, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its database's, about itself
        book.update_or_create_student(student)
        submission = book.update_or_create_submission("ps1", student, timestamp=when)
        for grade in (g for notebook in submission.notebooks for g in notebook.grades):
            grade.auto_score = min(score, grade.max_score)
            score -= grade.auto_score
            grade.needs_manual_grade = False
        book.db.commit()


def penalties():
    return {row["student_id"]: (row["score"], row["penalty"]) for row in marks.rows_of("ps1")}


def test_nothing_is_taken_off_unless_the_table_says_so(work, capsys):
    hand_in(work, "ann", DUE + timedelta(days=9))
    assert penalties() == {"ann": (9.0, 0.0)}
    marks.export("ps1")
    assert "nothing is taken off for late work" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("after", "taken"),
    [
        (timedelta(0), 0.0),
        (timedelta(minutes=-1), 0.0),
        (timedelta(minutes=1), 1.5),
        (timedelta(days=1), 1.5),
        (timedelta(days=1, minutes=1), 3.0),
        (timedelta(days=40), 7.5),
    ],
)
def test_each_day_begun_costs_its_share_of_the_sets_points(work, after, taken):
    (work / "late.csv").write_text("set,id,due,per_day,at_most\nps1,,2026-10-05 23:59,10,50\n")
    hand_in(work, "ann", DUE + after)
    hand_in(work, "poor", DUE + after, score=1.0)
    assert penalties()["ann"] == (9.0 - taken, taken)
    assert penalties()["poor"] == (max(0.0, 1.0 - taken), min(1.0, taken))


def test_an_extension_is_for_one_student_and_a_change_of_the_table_counts_at_once(work):
    table = "set,id,due,per_day,handed_in\nps1,,2026-10-05 23:59,10,\nps1,ann,2026-10-08 12:00,,\n"
    (work / "late.csv").write_text(table)
    for student in ("ann", "ben"):
        hand_in(work, student, datetime(2026, 10, 7, 12, 0))
    hand_in(work, "cem")
    assert penalties() == {"ann": (9.0, 0.0), "ben": (6.0, 3.0), "cem": (9.0, 0.0)}
    (work / "late.csv").write_text(f"{table}ps1,cem,,,2026-10-06 01:00\n")
    assert penalties()["cem"] == (7.5, 1.5)
    (work / "late.csv").unlink()
    assert penalties() == dict.fromkeys(("ann", "ben", "cem"), (9.0, 0.0))


def test_a_file_beside_the_notebook_tells_when_but_no_student_can_send_it(work, tmp_path):
    for text, when in [
        ("2026-10-06 01:00:00.25 Europe/Berlin", datetime(2026, 10, 6, 1, 0)),
        ("2026-10-06T01:00:00Z", datetime(2026, 10, 6, 1, 0)),
        ("2026-10-06 01:00", datetime(2026, 10, 6, 1, 0)),
        ("yesterday", None),
        ("\0\xff", None),
    ]:
        (tmp_path / "timestamp.txt").write_text(text)
        assert late.stamp(tmp_path) == when
    files = {"ann_1_2_ps1.ipynb": NOTEBOOK, "ann_1_3_timestamp.txt": "2020-01-01 00:00"}
    files["Ben_7_assignsubmission_file/timestamp.txt"] = "2020-01-01 00:00"
    result = collect.collect("ps1", download(tmp_path / "c.zip", files))
    assert len(result.left) == 2
    assert not list((work / "submitted").rglob("timestamp.txt"))


def test_late_by_canvas_word_alone_costs_nothing_and_is_named(work, tmp_path):
    (work / "late.csv").write_text("set,due,per_day\nps1,2026-10-05,10\n")
    collect.collect("ps1", download(tmp_path / "c.zip", CANVAS))
    hand_in(work, "102")
    (line,) = late.apply("ps1")
    assert line.startswith("102: late, as the platform says, which does not say how late")
    assert penalties()["102"] == (9.0, 0.0)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("set,due\nps1,soon\n", "line 2: write due as 2026-10-05 23:59, not 'soon'"),
        ("set,due,per_day\nps1,2026-10-05,lots\n", "line 2: per_day is a percentage, not 'lots'"),
        ("set,due,per_day\nps1,2026-10-05,200\n", "per_day is a percentage"),
        ("set,deadline\nps1,2026-10-05\n", "has the columns set, id, due.*not deadline"),
    ],
)
def test_a_mistake_in_the_table_is_named(work, table, why):
    (work / "late.csv").write_text(table)
    with pytest.raises(Mistake, match=why):
        late.policy("ps1")


LISTS = {
    "ours": "id,first_name,last_name,email,lms_user_id\nann,Anna,Groß,ann@example.org,101\n",
    "ours, semicolons": (
        "last_name;id;first_name;lms_user_id;email\nGroß;ann;Anna;101;ann@example.org\n"
    ),
    "ours, tabs and capitals": (
        "ID\tFirst name\tLast name\tE-Mail\nann\tAnna\tGroß\tann@example.org\n"
    ),
    "Canvas": (
        "Student,ID,SIS User ID,SIS Login ID,Section,ps1 (77)\n"
        "    Points Possible,,,,,15\n"
        '"Groß, Anna",101,s1,ann@example.org,A,\n"Student, Test",999,,x,A,\n'
    ),
    "Moodle, participants": (
        "First name,Surname,ID number,Email address\nAnna,Groß,s1,ann@example.org\n"
    ),
    "Moodle, grades": (
        "Email address,Last name,First name,Institution\nann@example.org,Groß,Anna,\n"
    ),
    "Moodle, worksheet": (
        "Identifier,Full name,Email address,Status\nParticipant 3048,Anna Groß,ann@example.org,\n"
    ),
    "Moodle, German": "Vorname;Nachname;E-Mail-Adresse\nAnna;Groß;ann@example.org\n",
    "Excel": "sep=;\nid;last_name;first_name;email\n\nann;Groß;Anna;ann@example.org\n;;;\n",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("form", LISTS)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_list_is_read_as_the_platform_writes_it(work, form, encoding, ends):
    path = work / "roster.csv"
    path.write_bytes(LISTS[form].replace("\n", ends).encode(encoding))
    (student,) = roster.roster()
    assert (student.first_name, student.last_name) == ("Anna", "Groß")
    if form != "Canvas":
        assert student.email == "ann@example.org"
    if form.startswith("ours") or form == "Excel":
        assert student.id == "ann"
    if form == "Canvas":
        assert student.id == student.lms_user_id == "101"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            b"Name;Note\nAnna;1\n".replace(b"Name", b"Who"),
            "needs a column id.*it has 'Who', 'Note'",
        ),
        (b"id,last_name\nann,A\nann,B\n", "lines 2 and 3: two students with the id ann"),
        (b"id,last_name\n,A\n", "line 2: this student has no id"),
        (b"PK\x03\x04", "is a workbook: save it as CSV"),
        (b"", "is empty"),
        (b"\0\1\2", "is no text"),
    ],
)
def test_a_mistake_in_the_list_is_named(work, content, why):
    (work / "roster.csv").write_bytes(content)
    with pytest.raises(Mistake, match=why):
        roster.roster()


def test_the_same_person_has_one_name_however_it_is_written():
    names = ["Anna Maria Groß", "groß, anna maria", "Anna-Maria Groß", "ANNA MARIA GROẞ"]
    assert len({roster.same_name(name) for name in names}) == 1
    assert roster.same_name("Zoë Ünal") == roster.same_name("Unal Zoe")


@pytest.mark.parametrize(("files", "one"), [
    (CANVAS, "großannamaria_LATE_102_9002_ps1.html"),
    (MOODLE, "Anna Maria Groß_3048_assignsubmission_file/ps1.html"),
])  # fmt: skip
def test_pages_go_back_under_the_names_that_the_platform_gave(work, tmp_path, files, one):
    result = collect.collect("ps1", download(tmp_path / "d.zip", files))
    for student in [*result.students, "by-hand"]:
        page = work / "feedback" / student / "ps1" / "ps1.html"
        page.parent.mkdir(parents=True)
        page.write_text(student)
    with zipfile.ZipFile(collect.hand_back("ps1")) as archive:
        names = archive.namelist()
        assert one in names
        assert "by-hand_ps1.html" in names
        assert len(set(names)) == len(names) == 5
    # What either platform reads out of such a name must be what it wrote into it.
    back = [name for name in names if not name.startswith("by-hand")]
    if files is CANVAS:
        numbers = {tuple(n for n in name.split("_") if n.isdigit())[:2] for name in back}
        assert numbers == {("101", "9001"), ("102", "9002"), ("103", "9004"), ("104", "9005")}
    else:
        assert {name.split("_")[1] for name in back} == {"3047", "3048", "3049", "3050"}
        assert {tuple(name.split("/")[0].split("_")[2:4]) for name in back} == {
            ("assignsubmission", "file")
        }


def test_what_could_not_be_graded_stands_in_the_export(work):
    for folder in ("Anna Maria Groß", "ann", "=cmd()"):
        path = work / "submitted" / folder / "ps1" / "ps1.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(NOTEBOOK)
    hand_in(work, "ann")
    paths = marks.export("ps1")
    with paths[0].open(newline="", encoding="utf8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    states = {row["last_name"] or name: row["state"] for name, row in rows.items()}
    assert states == {
        "ann": "complete",
        "Anna Maria Groß": "handed in, not graded",
        "'=cmd()": "handed in, not graded",
    }
    canvas = next(path for path in paths if "canvas" in path.name)
    assert canvas.read_text("utf8").count(",9.0") == 1


def test_tasks_have_marks_and_statistics(work):
    hand_in(work, "ann", score=15.0)
    hand_in(work, "ben", score=5.0)
    hand_in(work, "cem", score=0.0)
    with records.gradebook() as book:
        (notebook,) = book.find_submission("ps1", "cem").notebooks
        grade = next(g for g in notebook.grades if g.name == "q4")
        grade.needs_manual_grade = True
        book.db.commit()
    paths = {path.name: path for path in marks.export("ps1")}
    with paths["ps1.csv"].open(newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert [rows["ben"][part] for part in ("q1-test", "q2-test", "q4")] == ["4.0", "1.0", "0.0"]
    assert rows["cem"]["q4"] == ""
    with paths["ps1-tasks.csv"].open(newline="") as file:
        said = {row["task"]: row for row in csv.DictReader(file)}
    assert said["q1"] | {"title": ""} == {
        "task": "q1", "title": "", "points": "4.0", "marked": "3", "mean": "2.67",
        "share_that_got_it": "0.667",
    }  # fmt: skip
    assert said["q1"]["title"] == "1. A sum that one cannot cut"
    assert (said["q4"]["marked"], said["q4"]["share_that_got_it"]) == ("2", "0.5")
    page = paths["ps1.html"].read_text("utf8")
    assert page.count("<img") == page.count("alt=") == 2
    assert "http" not in page
    assert "Mean 10.0 of 15. 1 to be marked by hand" in page


def answer(name, size=40):
    """A function that is long enough to be compared."""
    lines = "\n".join(f"    {name} = {name} * {n} + np.sin({name} / {n + 1})" for n in range(size))
    return f"import numpy as np\ndef f({name}):\n{lines}\n    return {name}\n"


def other(seed, size=40):
    """Another one, with a structure of its own."""
    ops = [
        "x += {0}", "x = np.cos(x, {0})", "for i in range({0}): x -= i", "if x > {0}: x /= 2",
        "x = [x, {0}][0]", "y = x ** {0}", "x = max(y, {0}, x)", "assert x != {0}",
        "z = (x, y)[{0}:]",
    ]  # fmt: skip
    order = [(seed * 7919 + n * n * (seed + 3)) % len(ops) for n in range(size)]
    lines = "\n".join("    " + ops[k].format(n * seed + k) for n, k in enumerate(order))
    return f"def f(x):\n{lines}\n    return x\n"


def listed(sources):
    found = {name: similar._both([("code", source)]) for name, source in sources.items()}
    return {frozenset(pair[:2]) for pair in similar.pairs(found)}


@pytest.mark.parametrize(
    "disguise",
    [
        lambda source: source,
        lambda source: source.replace("    ", "\t"),
        lambda source: source.replace("\n    ", "\n    # mine\n    "),
        lambda source: answer("another_name"),
        lambda source: "import math\n\n\ndef more(a):\n    return a + 1\n\n\n" + source,
        lambda source: "\n".join(source.splitlines()[:30]),
    ],
)
def test_a_copy_is_listed_however_it_is_dressed(disguise):
    sources = {"ann": answer("x"), "ben": disguise(answer("x"))}
    sources |= {f"s{n}": other(n) for n in range(2, 8)}
    assert listed(sources) == {frozenset({"ann", "ben"})}


def test_work_of_ones_own_and_short_answers_are_not_listed():
    assert listed({f"s{n}": other(n) for n in range(2, 12)}) == set()
    assert listed({"ann": "f = lambda x: x", "ben": "f = lambda x: x"}) == set()


def test_a_whole_ring_is_listed():
    sources = {name: answer("x") for name in ("ann", "ben", "cem", "dora")}
    sources |= {f"s{n}": other(n) for n in range(2, 6)}
    assert len(listed(sources)) == 6


def test_the_list_names_the_model_answer_and_accuses_nobody(work, capsys, monkeypatch):
    room = Classroom(work)
    for student in ("ann", "ben"):
        room.submit(student, "ps1", room.solved("ps1"))
    room.submit("blank", "ps1", room.released("ps1"))
    path, pairs = similar.similar("ps1")
    assert {frozenset(pair[:2]) for pair in pairs} == {
        frozenset({"ann", "ben"}),
        frozenset({"ann", similar.MODEL}),
        frozenset({"ben", similar.MODEL}),
    }
    text = path.read_text("utf8").casefold()
    assert not any(word in text for word in ("cheat", "plagiar", "copied", "guilty"))
    assert time.time() - path.stat().st_mtime < 60


def test_a_name_that_nobody_has_is_no_reason_to_grade_all(work):
    room = Classroom(work)
    room.submit("ann", "ps1", room.released("ps1"))
    with pytest.raises(Mistake, match="'eve' handed in nothing for ps1; these did: ann"):
        steps._jobs(["ps1"], "eve")
    assert steps._jobs(["ps1"], "ann") == [("ps1", "ann")]
    room.submit(identifier("Li Wei"), "ps1", room.released("ps1"))  # as a download's name becomes
    assert steps._jobs(["ps1"], "Li Wei") == [("ps1", identifier("Li Wei"))]
