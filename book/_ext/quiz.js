// Lets a reader answer the self-checks of a page. The answers stand in the page; this shows those that were
// chosen.
(() => {
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
        return;
      }
      const answer = answers.find((part) => near(value, part)) ?? answers[answers.length - 1];
      judge(isRight(answer), `Your answer: ${String(Number(value.toPrecision(6))).replace("-", "−")}.`, [
        answer,
      ]);
    }

    function checkChoice() {
      const chosen = answers.filter((_, i) => inputs[i].checked);
      if (!chosen.length) {
        say("Choose an answer first.");
        return;
      }
      const missing = answers.filter((answer) => isRight(answer) && !chosen.includes(answer)).length;
      const right = missing === 0 && chosen.every(isRight);
      const many = question.dataset.kind === "multiple" && missing;
      judge(right, many ? `Not complete: ${missing} more to find.` : "", chosen);
    }

    const check = question.dataset.kind === "number" ? checkNumber : checkChoice;
    one(question, "[name=check]").addEventListener("click", check);
    inputs.forEach((input) =>
      input.addEventListener("keydown", ({ key }) => {
        if (key === "Enter") check();
      }),
    );
    say("");

    return () => {
      inputs.forEach((input) => {
        input.checked = false;
        if (input.type === "text") input.value = "";
      });
      delete question.dataset.first;
      delete question.dataset.state;
      say("");
    };
  }

  for (const quiz of document.querySelectorAll(".quiz")) {
    const questions = all(quiz, ".question");
    const score = one(quiz, ".score");
    /** @type {(name: string, value: string) => number} */
    const count = (name, value) => questions.filter(({ dataset }) => dataset[name] === value).length;
    const tell = () => {
      score.textContent =
        `Solved: ${count("state", "right")} of ${questions.length}, ` +
        `at the first try: ${count("first", "true")}.`;
    };
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
})();
