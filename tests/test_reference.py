"""The reference part of the book: what it names exists, and what it must hold is there."""

import ast
import importlib
import re
import textwrap
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

ROOT = Path(__file__).parent.parent
BOOK = ROOT / "book"
CHAPTERS = {page.stem: page.read_text() for page in sorted(BOOK.glob("*.md"))}
ERRATA = {  # section of errata.md: what its row in the table says of the place in the paper
    "er-aligned": "Sec. 2.1, Sec. 4",
    "er-norm": "Sec. 2.2",
    "er-plane": "Sec. 2.2",
    "er-either": "Sec. 2.2",
    "er-leading": "Sec. 2.2",
    "er-three": "eq. 3",
    "er-sign": "after eq. 3",
    "er-net": "before eq. 4",
    "er-four": "eq. 4",
    "er-seven": "before eq. 7",
    "er-scan": "after eq. 16",
    "er-isotropy": "after eq. 16",
    "er-half": "Sec. 4",
    "er-continuous": "Sec. 4",
    "er-evenness": "after eq. 19",
    "er-entangled": "after eq. 19",
    "er-choices": "Sec. 5",
    "er-title": "reference 9",
}


def rows(table):
    """Return the body rows of a pipe table, each as its cells."""
    lines = re.findall(r"^\|(.*)\|$", table, re.M)[2:]
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def roles(text, name):
    """Return what stands in the roles of that name: (text shown, target)."""
    pattern = rf"\{{{name}\}}`(?:([^`<]+?)\s*<([^`>]+)>|([^`]+))`"
    return [(shown or plain, target or plain) for shown, target, plain in re.findall(pattern, text)]


@cache
def functions(path):
    """Return the names of the test functions that a file defines."""
    return {
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


ENTRY = re.compile(
    r"^(?P<where>(?:Eq|Before eq|After eq|Sec)\. \d+): (?P<claim>.+)\n"
    r": \*\*(?P<verdict>[^*]+)\*\*(?P<holds>.*?)\. In the book: (?P<places>.*?)\."
    r"(?: In retrolib: (?P<names>.*?)\.)? Checked by: (?P<checks>.+)\.$",
    re.M,
)
VERDICTS = {"Holds", "Holds with a correction", "Holds, with a remark", "Holds in part"}
EQUATIONS = [match.groupdict() for match in ENTRY.finditer(CHAPTERS["equations"])]


def test_every_entry_of_the_equations_is_read():
    assert len(EQUATIONS) == len(re.findall(r"^: ", CHAPTERS["equations"], re.M)) > 50


@pytest.mark.parametrize("number", range(1, 20))
def test_each_equation_has_one_entry(number):
    assert [entry["where"] for entry in EQUATIONS].count(f"Eq. {number}") == 1


@pytest.mark.parametrize("entry", EQUATIONS, ids=lambda entry: entry["claim"])
def test_an_entry_names_what_exists(entry):
    names = re.findall(r"`([^`]+)`", entry["names"] or "")
    assert bool(names) == bool(entry["names"])
    for name in names:
        package, *attributes = name.split(".")
        assert package == "retrolib"
        thing = importlib.import_module(package)
        for attribute in attributes:
            assert attribute in getattr(thing, "__all__", vars(thing)), name
            thing = getattr(thing, attribute)
    tests = roles(entry["checks"], "download")
    assert tests
    for claim, file in tests:
        test = f"test_{claim.replace(' ', '_')}"
        assert test in functions((BOOK / file).resolve()), (test, file)
    assert roles(entry["places"], "ref")
    assert entry["verdict"] in VERDICTS
    corrections = {label for _, label in roles(entry["holds"], "ref")}
    assert corrections <= ERRATA.keys()
    assert bool(corrections) == (" with a " in entry["verdict"])


def test_each_label_named_is_somewhere():
    labels = {
        label for text in CHAPTERS.values() for label in re.findall(r"^\(([\w-]+)\)=$", text, re.M)
    }
    labels |= {x for text in CHAPTERS.values() for x in re.findall(r"^:label: (\S+)$", text, re.M)}
    for page in ("equations", "proven", "errata"):
        missing = {label for _, label in roles(CHAPTERS[page], "ref")} - labels
        assert not missing, page


CLAIM = re.compile(
    r"^\((?P<label>pv-[\w-]+)\)=\n### .+\n\n.+\n\n- \*Hypotheses:\* .+\n"
    r"- \*Proof:\* (?P<proof>.+)\n- \*Tests:\* (?P<tests>.+)\n"
    r"(?:- \*Just outside:\* (?P<outside>.+)\n)?",
    re.M,
)
CLAIMS = {match["label"]: match.groupdict("") for match in CLAIM.finditer(CHAPTERS["proven"])}
TEXT = {page: text.replace("{doc}`proven`", "") for page, text in CHAPTERS.items()}
del TEXT["proven"]
ORDINARY = (  # where the word is no label
    "what is proven, what is numerical and what is opinion",
    "*proven* means that the proof is on the page",
    "Use a proven statement of this chapter",
    "can be proven with a bound on its second derivatives",
)


def test_every_claim_that_is_proven_is_read():
    assert len(CLAIMS) == len(re.findall(r"^### ", CHAPTERS["proven"], re.M)) > 40


@pytest.mark.parametrize("page", TEXT)
def test_whatever_is_called_proven_leads_to_its_hypotheses(page):
    left = re.sub(r"\{ref\}`[Pp]roven <pv-[\w-]+>`", "", TEXT[page])
    for phrase in ORDINARY:
        left = left.replace(phrase, "")
    bare = re.findall(r".*\bproven\b.*", left, re.I)
    assert not bare, "write {ref}`proven <pv-...>`, with an entry in proven.md"
    stated = re.findall(r".*\*\*(?:Theorem|Criterion|Corollary)\b.*", TEXT[page])
    assert all("<pv-" in line for line in stated), "say which entry of proven.md it is"
    assert {x for _, x in roles(TEXT[page], "ref") if x.startswith("pv-")} <= CLAIMS.keys()


@pytest.mark.parametrize("phrase", ORDINARY)
def test_each_ordinary_use_of_the_word_is_somewhere(phrase):
    assert any(phrase in text for text in TEXT.values())


@pytest.mark.parametrize("label", CLAIMS)
def test_a_proven_claim_is_called_so_and_has_a_proof(label):
    assert any(f"<{label}>" in text for text in TEXT.values())
    assert roles(CLAIMS[label]["proof"], "ref") + roles(CLAIMS[label]["proof"], "cite")


def test_each_proven_claim_has_its_tests_and_each_test_its_claim():
    file = "../tests/test_proven.py"
    known, found = functions((BOOK / file).resolve()), set()
    for claim in CLAIMS.values():
        named = roles(claim["tests"], "download")
        assert named
        named += roles(claim["outside"], "download")
        assert {path for _, path in named} == {file}
        found |= {f"test_{words.replace(' ', '_')}" for words, _ in named}
    assert found == known


def test_errata_has_an_entry_with_a_check_for_each_correction():
    table = rows(CHAPTERS["errata"].partition("```{code-cell}")[0])
    assert {roles(cells[-1], "ref")[0][1]: cells[0] for cells in table} == ERRATA
    assert len(table) == len(ERRATA)
    sections = dict(
        re.findall(r"^\((er-[\w-]+)\)=\n(.*?)(?=^\(|\Z)", CHAPTERS["errata"], re.DOTALL | re.M)
    )
    assert sections.keys() == ERRATA.keys() | {"er-top"}
    for label in ERRATA.keys() - {"er-title"}:
        assert re.search(r"^```\{code-cell\}", sections[label], re.M), label
        assert re.search(r"print\(|glue\(", sections[label]), label
    assert roles(sections["er-title"], "cite") == [("popescu1994",) * 2]


def test_each_correction_is_reached_from_an_equation_or_claim():
    named = {label for entry in EQUATIONS for _, label in roles(entry["holds"], "ref")}
    assert named == ERRATA.keys() - {"er-title"}


def test_each_term_of_the_glossary_is_linked_from_a_chapter():
    (block,) = re.findall(r"^```\{glossary\}\n(.*?)^```$", CHAPTERS["glossary"], re.DOTALL | re.M)
    terms = re.findall(r"^(\S.*)$", block, re.M)
    assert len(terms) > 30
    assert terms == sorted(set(terms), key=str.casefold)
    reference = {"glossary", "notation", "equations", "errata"}
    linked = {
        term for page in CHAPTERS.keys() - reference for _, term in roles(CHAPTERS[page], "term")
    }
    assert linked == set(terms)


def test_each_work_cited_is_in_the_bibliography():
    known = set(re.findall(r"^@\w+\{([^,]+),$", (BOOK / "references.bib").read_text(), re.M))
    cited = {
        key.strip()
        for text in CHAPTERS.values()
        for role in ("cite", "cite:t", "cite:p", "cite:author", "cite:year")
        for _, keys in roles(text, role)
        for key in keys.split(",")
    }
    assert cited
    assert cited <= known


def test_both_recipes_for_a_class_set_the_same_limits():
    page = CHAPTERS["running"]
    littlest = dict(re.findall(r"tljh-config set (\S+) (\S+)", page))
    (block,) = re.findall(r"^( *)```yaml\n(.*?)^\1```", page, re.DOTALL | re.M)
    cluster = yaml.safe_load(textwrap.dedent(block[1]))
    student = cluster["singleuser"]
    assert littlest["limits.memory"] == student["memory"]["limit"]
    assert float(littlest["limits.cpu"]) == student["cpu"]["limit"]
    assert int(littlest["services.cull.timeout"]) == cluster["cull"]["timeout"]
    assert int(littlest["services.cull.every"]) == cluster["cull"]["every"]


def test_the_link_for_a_class_opens_a_chapter_on_the_branch_that_is_published():
    (link,) = re.findall(r"^https://\S+/git-pull\?\S+$", CHAPTERS["running"], re.M)
    query = {key: value for key, (value,) in parse_qs(urlsplit(link).query).items()}
    repository = query["repo"].removeprefix("https://github.com/")
    folder, chapter = query["urlpath"].removeprefix("lab/tree/").split("/")
    assert folder == repository.rpartition("/")[2]
    assert chapter.removesuffix(".ipynb") in CHAPTERS
    assert f"branch={query['branch']}\n" in (ROOT / ".ci" / "publish").read_text()
