"""What travels: links with a state, pictures as files, pages of their own, frames."""

import gzip
import io
import math
import re
import xml.etree.ElementTree as ET
from base64 import b64encode

import matplotlib.image
import numpy as np
import pytest
from playwright.sync_api import expect

from retrolib import explorers

from .book import BUILT, DESKTOP, PHONE, Watch, pages, views
from .kinds import SCHEME, faults
from .weight import serving

pytestmark = pytest.mark.browser

KINDS = {name.lower(): getattr(explorers, name) for name in explorers.__all__}
PAGE = "book/kinds.html"  # It shows histories and winding, the latter at another angle than usual.
CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
STATE = "root => root.traits.read()"
DEGREE = math.pi / 180
SANDBOX = """([src, sandbox]) => {
  const frame = document.createElement("iframe");
  Object.assign(frame, { src, width: 900, height: 900 });
  if (sandbox) frame.setAttribute("sandbox", sandbox);
  document.body.replaceChildren(frame);
}"""
DIFFERENCE = """async ([svg, png]) => {
  const pixels = [];
  for (const src of [svg, png]) {
    const picture = new Image();
    picture.src = src;
    await picture.decode();
    const paper = new OffscreenCanvas(picture.width, picture.height);
    if (src === svg) [paper.width, paper.height] = [2 * picture.width, 2 * picture.height];
    const canvas = paper.getContext("2d");
    canvas.drawImage(picture, 0, 0, paper.width, paper.height);
    pixels.push(canvas.getImageData(0, 0, paper.width, paper.height));
  }
  const [a, b] = pixels;
  if (a.width !== b.width || a.height !== b.height) return [a.width, b.width];
  let far = 0;
  for (let i = 0; i < a.data.length; i += 4) {
    const apart = [0, 1, 2, 3].map((part) => Math.abs(a.data[i + part] - b.data[i + part]));
    far += Math.max(...apart) > 64;
  }
  return far / (a.data.length / 4);
}"""


def root(page, name):
    """Return an explorer of a page by its name there, when it can travel."""
    page.wait_for_selector(f"#live-{name} .travel")
    return page.query_selector(f"#live-{name} .explorer")


def tool(page, name, action):
    return page.locator(f"#live-{name} .travel [name={action}]")


def test_a_link_sets_its_explorer_scrolls_to_it_and_leaves_others_alone(small):
    page = small.open(f"{PAGE}#winding?theta=90&gamma=0.25&turn=-2")
    state = root(page, "winding").evaluate(STATE)
    assert state == {"theta": pytest.approx(math.pi / 2), "gamma": 0.25, "turn": -2}
    assert root(page, "histories").evaluate(STATE)["theta"] == 1.2
    top = page.evaluate("document.querySelector('#live-winding').getBoundingClientRect().top")
    assert -5 < top < DESKTOP["height"] / 2
    page.evaluate("location.hash = '#winding?gamma=0.5'")
    page.wait_for_function("location.hash.includes('0.5')")
    changed = root(page, "winding").evaluate(STATE)
    assert changed == {"theta": 1.2, "gamma": 0.5, "turn": 0}, "what is not named is as it opens"
    page.locator("#live-winding [name=reset]").click()
    assert root(page, "winding").evaluate(STATE)["gamma"] == 0.4
    small.assert_quiet()


def test_a_link_opens_the_fold_in_which_its_explorer_stands(small):
    fold = "<details class='depth'><summary>More</summary>"

    def folded(html):
        before, start, after = html.rpartition('<div class="live')
        assert start
        return f"{before}{fold}{start}{after}"

    page = small.open(PAGE, rewrite=folded)
    page.wait_for_selector("#live-winding .travel", state="attached")
    assert not page.locator("#live-winding .explorer").is_visible()
    page.evaluate("location.hash = '#winding?theta=90'")
    page.locator("#live-winding .explorer").wait_for()


HOSTILE = [
    ("theta=1e999&gamma=-1e999", {"theta": 2 * math.pi, "gamma": 0.01}),
    ("theta=99999&turn=2.6", {"theta": 2 * math.pi, "turn": 3}),
    ("theta=NaN&gamma=Infinity&turn=", {}),
    ("theta=<script>hit=1</script>&gamma=<img src=x onerror=hit=1>", {}),
    ("theta=0x10&gamma=1_0&turn=true", {}),
    ("theta=90&theta=180", {"theta": 90 * DEGREE}),
    ("evil=1&__proto__=1&constructor=1&domains=1&gamma=0.3", {"gamma": 0.3}),
    ("__proto__[gamma]=2&gamma[]=2&toString=1", {}),
    ("%&%FF=%FF&gamma=%E0%A4%A", {}),
    ("gamma=" + "9" * 100_000, {}),
    ("&" * 100_000 + "gamma=1", {}),
    ("x" * 100_000, {}),
]
NO_LINKS = ["#nobody?theta=1", "#?", "#winding", "#%", "#%FF?x", "#constructor?a=1", "#a b"]
LOOK = """root => [root.traits.read(), root.outerHTML, typeof hit, ({}).gamma ?? null]"""


def assert_shows(page, expected, link):
    """See that the explorer is in this state after a link, and that nothing else came of it."""
    state, shown, hit, gamma = root(page, "winding").evaluate(LOOK)
    assert state == pytest.approx(expected), link[:60]
    words = ("NaN", "Infinity", "undefined", "<script", "<img")
    assert [word for word in words if word in shown] == [], link[:60]
    assert (hit, gamma) == ("undefined", None), link[:60]


def test_a_hostile_link_is_clamped_or_refused_as_its_page_opens(small):
    """On the small page of the explorer alone, whose address differs each time."""
    page = small.open("explore/winding.html")
    opening = root(page, "winding").evaluate(STATE)
    for nth, (text, expected) in enumerate(HOSTILE):
        page.goto(f"{small.address}/explore/winding.html?{nth}#winding?{text}")
        assert_shows(page, opening | expected, text)
    small.assert_quiet()


def test_a_hostile_link_is_clamped_or_refused_on_an_open_page(small):
    page = small.open(PAGE)
    found = root(page, "winding")
    fresh = {"theta": 1.2, "gamma": 0.4, "turn": 0}
    for text, expected in HOSTILE:
        found.evaluate("(root, fresh) => root.traits.set(fresh)", fresh)
        page.evaluate("text => { location.hash = text; }", f"#winding?{text}")
        page.wait_for_timeout(50)
        assert_shows(page, fresh | expected, text)
    small.assert_quiet()


def test_a_fragment_that_is_no_link_changes_nothing(small):
    page = small.open("explore/winding.html")
    opening = root(page, "winding").evaluate(STATE)
    for nth, fragment in enumerate(NO_LINKS):
        page.goto(f"{small.address}/explore/winding.html?{nth}{fragment}")
        assert_shows(page, opening, fragment)
    small.assert_quiet()


def vary(found, rng):
    """Set every trait of an explorer to another value, through what the page sets it by."""
    domains = found.evaluate("root => root.traits.domains")
    changes = {
        name: domain["words"][-1]
        if "words" in domain
        else round(rng.uniform(domain["low"], domain["high"]) / domain["step"]) * domain["step"]
        for name, domain in domains.items()
    }
    found.evaluate("(root, changes) => root.traits.set(changes)", changes)
    return found.evaluate(STATE)


@pytest.mark.parametrize("name", KINDS)
def test_the_copied_link_brings_the_state_back(gallery, name):
    watch = gallery(**CLIPBOARD)
    page = watch.page
    state = vary(root(page, name), np.random.default_rng(7))
    tool(page, name, "link").focus()
    page.keyboard.press("Enter")
    page.locator(f"#live-{name} .travel", has_text="Link copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{watch.address}/book/gallery.html#{name}?")
    angles = re.findall(r"\b(?:theta|a1?|b2?|lam)=([\d.]+)", link)
    assert all(float(angle) == int(float(angle)) for angle in angles), "whole degrees, as displayed"
    page.goto("about:blank")
    page.goto(link)
    back = root(page, name).evaluate(STATE)
    assert back.keys() == state.keys()
    for trait, value in state.items():
        wanted = value if isinstance(value, str) else pytest.approx(value, rel=1e-9)
        assert back[trait] == wanted, trait
    watch.assert_quiet()


@pytest.mark.parametrize("script", ["", "delete Navigator.prototype.clipboard"])
def test_where_the_clipboard_is_refused_the_link_is_shown_selected(small, script):
    refuse = """if (globalThis.Clipboard)
      Clipboard.prototype.writeText = () => Promise.reject(new Error("no"));"""
    page = small.open(PAGE, script=script or refuse)
    root(page, "winding")
    tool(page, "winding", "link").click()
    field = page.locator("#live-winding .link")
    field.wait_for()
    assert field.evaluate("f => f.value.slice(f.selectionStart, f.selectionEnd)").endswith(
        "#winding?theta=68.7549354157&gamma=0.4&turn=0"
    )
    assert page.locator("#live-winding .travel [role=status]").inner_text() != ""
    small.assert_quiet()


def saved(page, name, action):
    """Return the file that a button saves."""
    with page.expect_download() as download:
        tool(page, name, action).click()
    assert download.value.suggested_filename == f"{name.partition('-')[0]}.{action}"
    return download.value.path().read_bytes()


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_is_saved_as_it_stands_and_both_forms_look_alike(gallery, name, scheme):
    watch = gallery(color_scheme=scheme)
    page = watch.page
    found = root(page, name)
    vary(found, np.random.default_rng(11))
    svg = saved(page, name, "svg").decode()
    picture = ET.fromstring(svg)
    assert picture.findtext("{*}desc") == found.evaluate("root => root.dataset.summary")
    assert not re.search(r"NaN|undefined|class=|\sstyle=|<script|href", svg)
    png = saved(page, name, "png")
    pixels = matplotlib.image.imread(io.BytesIO(png))
    assert pixels.shape[:2] == (2 * float(picture.get("height")), 2 * float(picture.get("width")))
    assert (pixels[20, pixels.shape[1] // 2, :3].mean() > 0.5) == (scheme == "light")
    kinds = {"image/svg+xml": svg.encode(), "image/png": png}
    both = [f"data:{kind};base64,{b64encode(data).decode()}" for kind, data in kinds.items()]
    assert page.evaluate(DIFFERENCE, both) < 0.004
    watch.assert_quiet()


def test_under_the_strict_policy_links_and_pictures_work(browser):
    with serving("default-src 'self'") as address:
        watch = Watch(browser, address)
        page_name = next(page for page in pages() if views(page))
        page = watch.open(page_name, **CLIPBOARD)
        name = views(page_name)[0][0]
        root(page, name)
        tool(page, name, "link").click()
        page.get_by_text("Link copied").wait_for()
        assert saved(page, name, "svg").startswith(b"<svg")
        assert saved(page, name, "png").startswith(b"\x89PNG")
        watch.assert_quiet()
        watch.close()


# A page of its own


@pytest.mark.parametrize("name", KINDS)
def test_an_explorer_alone_is_one_file_of_at_most_60_kb(name):
    page = (BUILT / "explore" / f"{name}.html").read_bytes()
    assert 5_000 < len(gzip.compress(page)) <= 60 * 1024
    text = page.decode()
    assert not re.search(r'<(script|img|link)[^>]+(src|href)="(?!data:)', text)
    (chapter,) = re.findall(r'<a href="\.\./(book/[\w-]+\.html)#live-[\w-]+" target="_blank"', text)
    assert f'id="live-{name}"' in (BUILT / chapter).read_text("utf8")
    assert name in {shown for shown, _ in views(chapter)}


def moved(page, name):
    """Move the first slider of an explorer by keyboard and see that it follows."""
    page.locator(".explorer [name=more]").click()
    slider = page.locator(".explorer input[type=range]:not([name=time])").first
    before = slider.input_value()
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.input_value() != before
    page.wait_for_selector(f"#live-{name} .travel")


@pytest.mark.parametrize("name", KINDS)
def test_an_explorer_alone_works_as_a_file_and_looks_right(book, tmp_path, name):
    """Moved out of the book, so that nothing beside it is there."""
    file = tmp_path / "it.html"
    file.write_bytes((BUILT / "explore" / f"{name}.html").read_bytes())
    watch = Watch(book.browser, tmp_path.as_uri(), tmp_path)
    trait, value = ("log_gamma", -3.5) if name == "tail" else ("gamma", 0.5)
    for scheme, size in [("light", DESKTOP), ("dark", PHONE)]:
        address = f"it.html#{name}?{trait}={value}"
        page = watch.open(address, color_scheme=scheme, viewport=size)
        assert root(page, name).evaluate(STATE)[trait] == value
        moved(page, name)
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", back)[:3])) > 384) == (scheme == "light")
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
        page.locator(".embed summary").click()
        assert faults(page, SCHEME) == []
    assert faults(page, {"rules": {"color-contrast": {"enabled": False}}}) == []
    assert len(watch.asked) == 2
    watch.assert_quiet()
    watch.close()


def test_the_code_to_embed_names_the_page_where_it_is_and_its_state(book):
    page = book.open("explore/winding.html")
    moved(page, "winding")
    page.locator(".embed summary").click()
    area = page.locator(".embed textarea")
    expect(area).to_have_value(re.compile("theta"))
    code = area.input_value()
    source = re.search(r'src="([^"]*)"', code)[1].replace("&amp;", "&")
    assert source == f"{book.address}/explore/winding.html#winding?theta=61&gamma=0.4&turn=0"
    assert re.match(r'<iframe [^<>]*title="Which turns are allowed\?"[^<>]*></iframe>$', code)
    book.assert_quiet()


def test_without_scripts_an_explorer_alone_is_its_still_figure(book):
    page = book.open("explore/winding.html", java_script_enabled=False)
    assert page.locator(".still > svg").is_visible()


# Frames of other sites


@pytest.mark.parametrize("sandbox", ["", "allow-scripts"])
def test_a_frame_is_live_and_quiet_also_a_sandboxed_one(book, sandbox):
    # What a browser with a window grants to a click.
    page = book.open("genindex.html", permissions=["clipboard-write"])
    for name in ("explore/winding.html", "explore/intervention.html", "book/one-particle.html"):
        page.evaluate(SANDBOX, [f"{book.address}/{name}", sandbox])
        frame = page.frame_locator("iframe")
        frame.locator(".travel").first.wait_for()
        slider = frame.locator(".explorer input[type=range]").first
        before = slider.input_value()
        slider.press("ArrowRight")
        assert slider.input_value() != before
        frame.locator(".travel [name=link]").first.click()
        expect(frame.locator(".travel [role=status]").first).not_to_be_empty()
        assert frame.locator(".travel .link").first.is_visible() == bool(sandbox)
        if name.startswith("book/"):
            frame.locator(".theme-switch-button").first.click()
            frame.locator(".quiz [name=check]").first.click()
    page.wait_for_load_state("networkidle")
    book.assert_quiet()


def test_the_gallery_shows_every_explorer_and_leads_to_it(book):
    page = book.open("book/gallery.html")
    assert page.locator(".gallery .entry").count() == len(KINDS)
    for entry in page.locator(".gallery .entry").all():
        chapter, alone = (link.get_attribute("href") for link in entry.locator("a").all())
        name = alone.removeprefix("../explore/").removesuffix(".html")
        assert f'id="live-{name}"' in (BUILT / "book" / chapter.partition("#")[0]).read_text("utf8")
        assert chapter.endswith(f"#live-{name}")
        entry.locator("img").scroll_into_view_if_needed()
        question = entry.locator("strong").inner_text()
        assert f"<title>{question} —" in (BUILT / "explore" / f"{name}.html").read_text("utf8")
    book.assert_quiet()
