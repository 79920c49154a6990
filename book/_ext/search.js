// The search page: sections that have the words looked for, each with the sentence where they stand.
{
  /** @typedef {{ id: number, terms: string[], match: Record<string, string[]> }} Found */
  const MOST = 40; // Results that are listed.
  const WORDS = 16; // Different words of a query that are looked for: each costs time.
  const LONG = 240; // Characters of a sentence that are shown.
  // Letters in the order of Unicode's block, from alpha.
  const GREEK = `alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma
    sigma tau upsilon phi chi psi omega`.split(/\s+/);
  const VARIANTS = new Map(Object.entries({ ϑ: "theta", ϕ: "phi", ϵ: "epsilon", ϱ: "rho", ϖ: "pi" }));

  // A word in any script, as it is compared: without case and accents, a Greek letter by its name.
  /** @param {string} word */
  const term = (word) => {
    const small = word.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    const letter = VARIANTS.get(word) ?? GREEK[(small.codePointAt(0) ?? 0) - 0x3b1];
    return /^\p{L}$/u.test(small) && letter ? letter : small;
  };
  const WORD = /\p{Script=Greek}|[\p{L}\p{M}\p{N}]+?(?=\p{Script=Greek})|[\p{L}\p{M}\p{N}]+/gu;
  /** @param {string} text */
  const words = (text) => text.match(WORD) ?? [];

  const index = new MiniSearch({
    fields: ["title", "text"],
    tokenize: words,
    processTerm: term,
    searchOptions: {
      boost: { title: 3 },
      prefix: (word) => word.length > 2,
      fuzzy: (word) => (word.length > 4 ? 0.2 : false),
      weights: { prefix: 0.5, fuzzy: 0.2 },
    },
  });
  index.addAll(
    bookSections.map(([, title, , text, , keywords], id) => ({ id, title: `${title} ${keywords}`, text })),
  );

  /** @param {string} query */
  function find(query) {
    const terms = words(query).map(term);
    const asked = [...new Set(terms)].slice(0, WORDS).join(" ");
    const phrase = terms.join(" ");
    const together = terms.length > 1;
    // The words side by side count for more than the same words far from each other.
    /** @param {number} id */
    const boostDocument = (id) => {
      const [, title, , text, weight] = bookSections[id];
      const near = together && words(`${title} ${text}`).map(term).join(" ").includes(phrase);
      return weight * (near ? 3 : 1);
    };
    const all = index.search(asked, { boostDocument, combineWith: "AND" });
    return /** @type {Found[]} */ (all.length ? all : index.search(asked, { boostDocument }));
  }

  // The sentence of a text with most of the words, the words themselves before those that resemble them.
  /** @type {(text: string, found: Set<string>, asked: Set<string>) => string} */
  function sentence(text, found, asked) {
    let best = "";
    let most = -1;
    for (const one of text.split(/\n|(?<=[.?!])\s+(?=[\p{Lu}“(])/u)) {
      const here = new Set(words(one).map(term));
      const count = [...here].reduce((sum, word) => sum + (asked.has(word) ? 3 : Number(found.has(word))), 0);
      if (count > most) [best, most] = [one, count];
    }
    if (best.length <= LONG) return best;
    const hits = [...best.matchAll(WORD)].filter(([word]) => found.has(term(word)));
    const start = Math.max(0, (hits[0]?.index ?? 0) - LONG / 3);
    const from = start && best.indexOf(" ", start) + 1;
    const to = from + LONG < best.length ? best.lastIndexOf(" ", from + LONG) : best.length;
    return (from ? "… " : "") + best.slice(from, to) + (to < best.length ? " …" : "");
  }

  // A text in which the words that were found are marked.
  /** @type {(text: string, found: Set<string>) => (string | HTMLElement)[]} */
  function marked(text, found) {
    /** @type {(string | HTMLElement)[]} */
    const parts = [];
    let from = 0;
    for (const { 0: word, index: at } of text.matchAll(WORD)) {
      if (!found.has(term(word))) continue;
      const mark = document.createElement("mark");
      mark.textContent = word;
      parts.push(text.slice(from, at), mark);
      from = at + word.length;
    }
    return [...parts, text.slice(from)];
  }

  /** @type {(found: Found, asked: Set<string>) => HTMLElement} */
  function entry({ id, match }, asked) {
    const [address, title, page, text, , keywords] = bookSections[id];
    const found = new Set(Object.keys(match));
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = address;
    link.append(...marked(title, found));
    const where = document.createElement("span");
    where.textContent = page;
    const said = document.createElement("p");
    said.append(...marked(sentence(`${text}\n${keywords}`, found, asked), found));
    item.append(link, " ", where, said);
    return item;
  }

  const [field, list, count] = ["input", "ol", "[role=status]"].map((part) =>
    document.querySelector(`.bd-search-container ${part}`),
  );
  if (field instanceof HTMLInputElement && list && count) {
    const show = () => {
      const query = field.value.trim();
      const found = query ? find(query) : [];
      const asked = new Set(words(query).map(term));
      list.replaceChildren(...found.slice(0, MOST).map((one) => entry(one, asked)));
      const sum = `${found.length} ${found.length === 1 ? "section" : "sections"}`;
      if (!query) count.textContent = "";
      else if (!found.length) count.textContent = "Nothing was found. Try fewer words, or other ones.";
      else count.textContent = found.length > MOST ? `The best ${MOST} of ${sum}` : sum;
    };
    /** @type {number | undefined} */
    let soon;
    field.addEventListener("input", () => {
      clearTimeout(soon);
      soon = setTimeout(show, 150);
    });
    field.value = new URLSearchParams(location.search).get("q") ?? field.value;
    show();
  }
}
