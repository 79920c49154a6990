// Lets a reader answer the self-checks of a page. The answers stand in the page; this shows those that were
// chosen, keeps what was given in this browser alone, and puts all answers at the end of what is printed.
(() => {
  const KEY = "waiting-magnet-answers"; // progress.js erases it, too.
  const LONGEST = 60; // Of a number as it is written.
  const QUIET = 1000; // Milliseconds: what stands there by then is not announced.
  const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  const THOUSANDS = /^[+-]?[1-9]\d{0,2}(,\d{3})+$/;

  /**
   * The number that a reader wrote, such as 0.5, 0,5, −3e-2 or 1/2; else NaN. What 1,000 means nobody can tell.
   * @param {string} text
   */
  function read(text) {
    const parts = text
      .trim()
      .replace(/[−–]/g, "-")
      .split(/\s*\/\s*/);
    if (parts.length > 2 || parts.some((part) => THOUSANDS.test(part))) return NaN;
    const [above, below = 1] = parts
      .map((part) => part.replace(",", "."))
      .map((part) => (DECIMAL.test(part) ? Number(part) : NaN));
    return below === 0 ? NaN : above / below;
  }

  /** @typedef {{ given: string, first: boolean }} Kept What was answered last; whether the first try was right. */

  /** Anybody may have written there: what is of another kind is dropped. */
  function load() {
    /** @type {Map<string, Kept>} */
    const found = new Map();
    try {
      for (const [digest, kept] of Object.entries(JSON.parse(bookStorage.read(KEY) ?? "{}"))) {
        const { given, first } = kept ?? {};
        const fits = typeof given === "string" && given.length <= LONGEST && typeof first === "boolean";
        if (fits && /^[0-9a-f]{12}$/.test(digest)) found.set(digest, { given, first });
      }
    } catch {
      return new Map();
    }
    return found;
  }
  /** @param {(found: Map<string, Kept>) => void} change */
  function keep(change) {
    const found = load(); // Other pages may be open, too.
    change(found);
    bookStorage.write(KEY, JSON.stringify(Object.fromEntries(found)));
  }

  /** @type {(value: number, answer: HTMLElement) => boolean} */
  const near = (value, { dataset }) =>
    Math.abs(value - Number(dataset.value)) <= Number(dataset.within) * (1 + 1e-9);
  /** @param {HTMLElement} answer */
  const isRight = (answer) => answer.classList.contains("right");

  /** @type {(part: Element, selector: string) => HTMLElement} */
  const one = (part, selector) => /** @type {HTMLElement} */ (part.querySelector(selector));

  /** @type {(part: Element, selector: string) => HTMLElement[]} */
  const all = (part, selector) => [
    .../** @type {NodeListOf<HTMLElement>} */ (part.querySelectorAll(selector)),
  ];

  /** @type {(question: HTMLElement, changed: () => void) => () => void} */
  function bring(question, changed) {
    const { digest = "" } = question.dataset;
    const numeric = question.dataset.kind === "number";
    const inputs = [...question.querySelectorAll("input")];
    const answers = all(question, ".answer");
    const region = one(question, ".feedback");
    const note = one(region, ".note");

    // Everything is put in anew, so that the same answer given twice is also announced twice.
    /** @type {(text: string, shown?: HTMLElement[]) => void} */
    function say(text, shown = []) {
      note.textContent = text;
      answers.forEach((answer) => {
        answer.hidden = !shown.includes(answer);
      });
      region.replaceChildren(note, ...answers);
    }

    /** @type {(right: boolean, text: string, shown: HTMLElement[]) => void} */
    function judge(right, text, shown) {
      question.dataset.first ??= String(right);
      question.dataset.state = right ? "right" : "wrong";
      say(text, shown);
      changed();
    }

    function checkNumber() {
      const value = read(inputs[0].value);
      if (!Number.isFinite(value)) {
        say(
          inputs[0].value.trim()
            ? `“${inputs[0].value.trim()}” is not read as a number. Write it like 0.25, 1/4 or 2.5e-1.`
            : "Write a number first.",
        );
        return false;
      }
      const answer = answers.find((part) => near(value, part)) ?? answers[answers.length - 1];
      judge(isRight(answer), `Your answer: ${String(Number(value.toPrecision(6))).replace("-", "−")}.`, [
        answer,
      ]);
      return true;
    }

    function checkChoice() {
      const chosen = answers.filter((_, i) => inputs[i].checked);
      if (!chosen.length) {
        say("Choose an answer first.");
        return false;
      }
      const missing = answers.filter((answer) => isRight(answer) && !chosen.includes(answer)).length;
      const right = missing === 0 && chosen.every(isRight);
      const many = question.dataset.kind === "multiple" && missing;
      judge(right, many ? `Not complete: ${missing} more to find.` : "", chosen);
      return true;
    }

    const given = () =>
      numeric
        ? inputs[0].value
        : inputs
            .filter(({ checked }) => checked)
            .map(({ value }) => value)
            .join("");
    /** @param {string} text */
    const fill = (text) => {
      for (const input of inputs) {
        if (numeric) input.value = text;
        else input.checked = text.includes(input.value);
      }
    };

    const check = numeric ? checkNumber : checkChoice;
    const answer = () => {
      if (!check()) return;
      const kept = { given: given(), first: question.dataset.first === "true" };
      keep((found) => found.set(digest, kept));
    };
    one(question, "[name=check]").addEventListener("click", answer);
    inputs.forEach((input) =>
      input.addEventListener("keydown", ({ key }) => {
        if (key === "Enter") answer();
      }),
    );
    say("");

    // What was kept is given again, if this question could have been answered so.
    const kept = load().get(digest);
    if (kept?.given) {
      fill(kept.given);
      if (given() === kept.given && (!numeric || Number.isFinite(read(kept.given)))) {
        question.dataset.first = String(kept.first);
        check();
      } else fill("");
    }

    return () => {
      fill("");
      delete question.dataset.first;
      delete question.dataset.state;
      say("");
      keep((found) => found.delete(digest));
    };
  }

  for (const quiz of document.querySelectorAll(".quiz")) {
    const questions = all(quiz, ".question");
    const score = one(quiz, ".score");
    /** @type {(name: string, value: string) => number} */
    const count = (name, value) => questions.filter(({ dataset }) => dataset[name] === value).length;
    const tell = () => {
      const [solved, first] = [count("state", "right"), count("first", "true")];
      if (questions.length > 1)
        score.textContent = `Solved: ${solved} of ${questions.length}, at the first try: ${first}.`;
      else score.textContent = solved ? `Solved${first ? " at the first try" : ""}.` : "";
    };
    const regions = all(quiz, "[role=status]");
    for (const region of regions) region.ariaLive = "off";
    setTimeout(() => {
      for (const region of regions) region.removeAttribute("aria-live");
    }, QUIET);
    const resets = questions.map((question) => bring(question, tell));
    one(quiz, "[name=again]").addEventListener("click", () => {
      resets.forEach((reset) => reset());
      tell();
      one(quiz, "[tabindex]").focus();
    });
    for (const part of quiz.querySelectorAll(":is(input, button, p)[hidden]")) part.removeAttribute("hidden");
    quiz.classList.add("on");
    tell();
  }

  // Paper has the answers of all questions at the page's end.
  const list = document.createElement("section");
  list.className = "quiz-answers";
  /** @type {(level: number, text: string) => HTMLElement} */
  const heading = (level, text) => {
    const element = document.createElement(`h${level}`);
    element.textContent = text;
    return element;
  };
  addEventListener("beforeprint", () => {
    const parts = all(document.body, ".quiz .question").map((question) => {
      const part = document.createElement("div");
      const copies = all(question, ".answer").map((answer) => {
        const copy = /** @type {HTMLElement} */ (answer.cloneNode(true));
        for (const named of copy.querySelectorAll("[id]")) named.removeAttribute("id");
        copy.hidden = false;
        return copy;
      });
      part.append(heading(3, `Question ${question.dataset.number}`), ...copies);
      return part;
    });
    list.replaceChildren(heading(2, "Answers to the self-checks"), ...parts);
    (document.querySelector("article > section") ?? document.body).append(list);
  });
  addEventListener("afterprint", () => list.remove());
})();
