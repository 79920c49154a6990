// Keeps what a reader has done, in this browser alone, and shows it where the page has a place for it.
(() => {
  const KEY = "waiting-magnet";
  const ANSWERS = "waiting-magnet-answers"; // Of quiz.js.
  const DRAWN = "waiting-magnet-drawn"; // What draw.js keeps.
  const COLUMNS = ["Chapter", "Read", "Questions", "Challenges"];
  /** @typedef {{ read?: boolean, solved: string[], met: Record<string, number> }} Done What was done on a page. */
  /** @typedef {{ page: string, title: string, href: string, solved: string[], met: string[] }} Chapter */

  const page = document.currentScript?.dataset.page ?? "";

  /** Anybody may have written there: what is of another kind counts for nothing. */
  function load() {
    /** @type {Map<string, Done>} */
    const found = new Map();
    try {
      for (const [name, done] of Object.entries(JSON.parse(bookStorage.read(KEY) ?? "{}"))) {
        const met = Object.entries(done?.met ?? {}).filter(([, moves]) => Number.isInteger(moves));
        const solved = Array.isArray(done?.solved) ? done.solved : [];
        found.set(name, { read: done?.read === true, solved, met: Object.fromEntries(met) });
      }
    } catch {
      return new Map();
    }
    return found;
  }
  /** @param {(done: Done) => void} change */
  function note(change) {
    const all = load(); // Other pages may be open, too.
    const done = all.get(page) ?? { solved: [], met: {} };
    change(done);
    all.set(page, done);
    bookStorage.write(KEY, JSON.stringify(Object.fromEntries(all)));
  }

  globalThis.bookProgress = {
    met: (name, moves) =>
      note(({ met }) => {
        met[name] = Math.min(moves, met[name] ?? moves);
      }),
    was: (name) => load().get(page)?.met[name],
  };

  // Read, when the chapter's five lines have been on the screen.
  const end = document.querySelector(".admonition.summary, .prev-next-area");
  if (end) {
    new IntersectionObserver((entries, seeing) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      seeing.disconnect();
      note((done) => {
        done.read = true;
      });
    }).observe(end);
  }

  const solving = new MutationObserver((changes) => {
    for (const { target } of changes) {
      if (!(target instanceof HTMLElement) || target.dataset.state !== "right") continue;
      const { digest = "" } = target.dataset;
      note(({ solved }) => {
        if (!solved.includes(digest)) solved.push(digest);
      });
    }
  });
  for (const question of document.querySelectorAll(".quiz .question"))
    solving.observe(question, { attributes: true, attributeFilter: ["data-state"] });

  /** @type {(tag: string, attributes: Record<string, string>, ...children: (Node | string)[]) => HTMLElement} */
  function html(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  /** @param {HTMLElement} place */
  function show(place) {
    /** @type {Chapter[]} */
    const chapters = JSON.parse(place.dataset.chapters ?? "[]");
    const all = load();
    const rows = chapters.map((chapter) => {
      const done = all.get(chapter.page);
      return {
        ...chapter,
        read: done?.read ?? false,
        solvedNow: chapter.solved.filter((name) => done?.solved.includes(name)).length,
        metNow: chapter.met.filter((name) => Object.hasOwn(done?.met ?? {}, name)).length,
      };
    });
    /** @param {(row: (typeof rows)[number]) => number} of */
    const sum = (of) => rows.reduce((total, row) => total + of(row), 0);
    const said = [
      [sum(({ read }) => Number(read)), rows.length, "chapters read"],
      [sum(({ solvedNow }) => solvedNow), sum(({ solved }) => solved.length), "questions solved"],
      [sum(({ metNow }) => metNow), sum(({ met }) => met.length), "challenges met"],
    ];
    const head = html("tr", {}, ...COLUMNS.map((word) => html("th", { scope: "col" }, word)));
    const body = rows.map((row) =>
      html(
        "tr",
        {},
        html("th", { scope: "row" }, html("a", { href: row.href }, row.title)),
        html("td", {}, row.read ? "✓" : "–"),
        html("td", {}, row.solved.length ? `${row.solvedNow} of ${row.solved.length}` : "–"),
        html("td", {}, row.met.length ? `${row.metNow} of ${row.met.length}` : "–"),
      ),
    );
    const text = [
      COLUMNS.join("\t"),
      ...rows.map((row) =>
        [
          row.title,
          row.read ? "yes" : "no",
          `${row.solvedNow} of ${row.solved.length}`,
          `${row.metNow} of ${row.met.length}`,
        ].join("\t"),
      ),
    ].join("\n");
    const status = html("span", { role: "status" });
    const save = html("button", { type: "button", name: "save" }, "Save as a file");
    save.addEventListener("click", () => {
      html("a", {
        download: "progress.txt",
        href: `data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`,
      }).click();
      status.replaceChildren("Saved");
    });
    const erase = html("button", { type: "button", name: "erase" }, "Erase");
    erase.addEventListener("click", () => {
      if (erase.textContent === "Erase") {
        erase.textContent = "Erase all of it?";
        return;
      }
      for (const key of [KEY, ANSWERS, DRAWN]) bookStorage.erase(key);
      show(place);
      place.querySelector("summary")?.focus();
    });
    place.replaceChildren(
      html(
        "summary",
        {},
        `Your progress: ${said.map(([done, of, what]) => `${done} of ${of} ${what}`).join(", ")}`,
      ),
      html("table", {}, html("thead", {}, head), html("tbody", {}, ...body)),
      html("p", { class: "hint" }, "Kept in this browser only; nothing is sent."),
      html("p", { class: "foot" }, save, erase, status),
    );
    place.hidden = false;
  }

  // What is refused reads as nothing.
  bookStorage.write(KEY, bookStorage.read(KEY) ?? "{}");
  const place = document.querySelector(".reader-progress");
  if (place instanceof HTMLElement && bookStorage.read(KEY) !== null) {
    show(place);
    addEventListener("pageshow", () => show(place)); // Back from a chapter.
  }
})();
