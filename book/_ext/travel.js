// What lets an explorer travel: a link that carries its state, its picture as a file, its own page.
//
// A link ends in `#winding?theta=60&gamma=0.1`: the explorer's name on its page, then traits with their values,
// a direction in degrees. What is no trait or no value of one counts for nothing, and numbers move into the
// trait's range; traits that are not named are as the page opens them.
(() => {
  const DEGREE = Math.PI / 180;
  const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  const LINK = /^#([\w-]+)(?:\?|%3F)(.*)$/is;
  const LONGEST = 1000;
  const PICTURE = document.currentScript?.getAttribute("src")?.replace("travel.js", "picture.js");

  /** What a number in a link is multiplied by. @param {LiveDomain} domain */
  const unit = (domain) =>
    "step" in domain && Number.isInteger(Number((domain.step / DEGREE).toFixed(9))) ? DEGREE : 1;

  /** @type {(text: string, domains: Record<string, LiveDomain>) => LiveState} */
  function parse(text, domains) {
    /** @type {LiveState} */
    const found = {};
    for (const [name, value] of new URLSearchParams(text)) {
      if (!Object.hasOwn(domains, name) || Object.hasOwn(found, name)) continue;
      const domain = domains[name];
      if ("words" in domain) {
        if (domain.words.includes(value)) found[name] = value;
      } else if (NUMBER.test(value)) found[name] = Number(value) * unit(domain);
    }
    return found;
  }

  /** @type {(state: LiveState, domains: Record<string, LiveDomain>) => string} */
  const write = (state, domains) =>
    Object.entries(state)
      .map(([name, value]) => {
        const written =
          typeof value === "number" ? Number((value / unit(domains[name])).toPrecision(12)) : value;
        return `${name}=${encodeURIComponent(written)}`;
      })
      .join("&");

  /** @type {(tag: string, attributes: Record<string, string>, ...children: (Node | string)[]) => HTMLElement} */
  function html(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  /** Bring what draws pictures: it is asked for when one is. */
  function drawer() {
    if (globalThis.livePicture || !PICTURE) return Promise.resolve(globalThis.livePicture);
    return new Promise((resolve) => {
      const script = html("script", { src: PICTURE });
      script.addEventListener("load", () => resolve(globalThis.livePicture));
      document.head.append(script);
    });
  }

  /** @type {(name: string, address: string) => void} */
  const save = (name, address) => html("a", { download: name, href: address }).click();

  /** @type {Map<string, { wrapper: Element, follow: (text: string) => void }>} */
  const explorers = new Map();

  /** @type {(name: string, wrapper: Element, root: LiveRoot) => void} */
  function bring(name, wrapper, root) {
    if (!root.traits) return;
    const { domains, opening, read, set } = root.traits;
    explorers.set(name, { wrapper, follow: (text) => set({ ...opening, ...parse(text, domains) }) });

    const kind = root.dataset.explorer;
    const fragment = (/** @type {string} */ own) => `#${own}?${write(read(), domains)}`;
    const field = /** @type {HTMLInputElement} */ (
      html("input", { class: "link", readonly: "", hidden: "", "aria-label": "Link to this state" })
    );
    const said = html("span", { role: "status" });
    // Put in anew, so that the same thing said twice is also announced twice.
    const say = (/** @type {string} */ text) => said.replaceChildren(text);

    /** @type {(name: string, label: string, act: () => unknown) => HTMLElement} */
    function button(action, label, act) {
      const made = html("button", { type: "button", name: action }, label);
      made.addEventListener("click", act);
      return made;
    }
    async function copy() {
      const address = new URL(fragment(name), location.href).href;
      field.hidden = true;
      const copied =
        bookMayCopy &&
        (await navigator.clipboard.writeText(address).then(
          () => true,
          () => false,
        ));
      if (copied) {
        say("Link copied");
        return;
      }
      field.value = address;
      field.hidden = false;
      field.select();
      say("Copy the link from the field");
    }
    async function picture(/** @type {"svg" | "png"} */ form) {
      const draw = await drawer();
      if (!draw) {
        say("The picture could not be made: reload the page");
        return;
      }
      const drawn = draw[form](root);
      save(
        `${kind}.${form}`,
        form === "png" ? drawn : `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawn)}`,
      );
      say("Picture saved");
    }
    const tools = html(
      "div",
      { class: "travel", role: "group", "aria-label": "Share this figure" },
      button("link", "Copy link", copy),
      button("svg", "Save as SVG", () => picture("svg")),
      button("png", "Save as PNG", () => picture("png")),
    );
    const top = document.documentElement.dataset.content_root;
    if (top !== undefined) {
      const own = /** @type {HTMLAnchorElement} */ (html("a", {}, "Open alone, embed"));
      const point = () => {
        own.href = `${top}explore/${kind}.html${fragment(String(kind))}`;
      };
      own.addEventListener("focus", point);
      own.addEventListener("pointerenter", point);
      own.addEventListener("touchstart", point, { passive: true });
      point();
      tools.append(own);
    }
    tools.append(said, field);
    wrapper.append(tools);

    // On a page of its own: the code of a frame, with the address where one is known, and the state.
    const box = document.querySelector(".embed");
    const area = box?.querySelector("textarea");
    if (!box || !area) return;
    const code = area.value;
    const [known] = /(?<=src=")[^"]*/.exec(code) ?? [""];
    const here = location.origin + location.pathname;
    const at = location.protocol.startsWith("http") && !known.startsWith("http") ? here : known;
    box.addEventListener("toggle", () => {
      area.value = code.replace(known, () => (at + fragment(name)).replaceAll("&", "&amp;"));
    });
    area.addEventListener("focus", () => area.select());
  }

  function follow() {
    if (location.hash.length > LONGEST) return;
    const [, name = "", text = ""] = LINK.exec(location.hash) ?? [];
    const aimed = explorers.get(name);
    if (!aimed) return;
    aimed.follow(text);
    for (let part = aimed.wrapper.parentElement; part; part = part.parentElement) {
      if (part instanceof HTMLDetailsElement) part.open = true;
    }
    aimed.wrapper.scrollIntoView();
  }

  // What could not be drawn has been said; its still figure stays, and there is nothing to share.
  Promise.all(
    [...document.querySelectorAll(".live[id]")].map(async (wrapper) => {
      const name = wrapper.id.replace("live-", "");
      await globalThis.liveModels?.get(name)?.catch(() => null);
      /** @type {LiveRoot | null} */
      const root = wrapper.querySelector(".explorer");
      if (root) bring(name, wrapper, root);
    }),
  ).then(() => {
    addEventListener("hashchange", follow);
    follow();
  });
})();
