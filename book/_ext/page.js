// What surrounds the text: menus, search, sidebars, copying. Nothing here measures the page before
// the browser has laid it out for itself, which would make a slow phone do so twice.
{
  /** @type {(selector: string) => HTMLElement[]} */
  const all = (selector) =>
    [...document.querySelectorAll(selector)].filter((part) => part instanceof HTMLElement);
  /** @type {(selector: string, act: () => void) => void} */
  const onClick = (selector, act) => all(selector).forEach((part) => part.addEventListener("click", act));
  /** @type {(selector: string) => HTMLDialogElement | null} */
  const dialogAt = (selector) => document.querySelector(selector);

  // A click beside a dialog closes it; the keyboard's clicks have no place.
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", ({ clientX, clientY }) => {
      const box = dialog.getBoundingClientRect();
      const across = clientX < box.left || clientX > box.right;
      const along = clientY < box.top || clientY > box.bottom;
      if ((across || along) && (clientX || clientY)) dialog.close();
    });
  }

  // The header's menus.
  for (const button of all(".dropdown-toggle")) {
    const whole = button.parentElement;
    const menu = button.nextElementSibling;
    if (!whole || !menu) continue;
    /** @type {NodeListOf<HTMLElement>} */
    const items = menu.querySelectorAll(".dropdown-item");
    /** @param {boolean} open */
    const show = (open) => {
      menu.classList.toggle("show", open);
      button.setAttribute("aria-expanded", String(open));
    };
    button.addEventListener("click", () => show(!menu.classList.contains("show")));
    document.addEventListener("click", ({ target }) => {
      if (!(target instanceof Node && button.contains(target))) show(false);
    });
    whole.addEventListener("keydown", (event) => {
      const step = Number(event.key === "ArrowDown") - Number(event.key === "ArrowUp");
      if (event.key === "Escape") {
        show(false);
        button.focus();
      } else if (step) {
        event.preventDefault();
        show(true);
        const from = [...items].findIndex((item) => item === document.activeElement);
        const next = from < 0 && step < 0 ? items.length - 1 : from + step;
        items[(next + items.length) % items.length].focus();
      }
    });
    whole.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget instanceof Node && !whole.contains(relatedTarget)) show(false);
    });
  }
  onClick("[data-print]", () => print());

  // Search: on its own page the field there, on others a dialog.
  /** @type {HTMLInputElement | null} */
  const field = document.querySelector(".bd-search-container input");
  const asking = dialogAt("#pst-search-dialog");
  const search = () => {
    if (field) {
      field.focus();
      field.select();
    } else if (asking?.open) asking.close();
    else asking?.showModal();
  };
  const mac = /^(Mac|iP)/.test(navigator.platform);
  if (mac) for (const key of all("kbd.kbd-shortcut__modifier")) key.textContent = "⌘";
  onClick(".search-button__button", search);
  addEventListener(
    "keydown",
    (event) => {
      const [wanted, other] = mac ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
      if (wanted && !other && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        search();
      }
    },
    true,
  );
  if (field) search();

  // Sidebars: beside the text where there is room, else in a dialog.
  for (const side of ["primary", "secondary"]) {
    const button = document.querySelector(`.${side}-toggle`);
    const bar = document.getElementById(`pst-${side}-sidebar`);
    const modal = dialogAt(`#pst-${side}-sidebar-modal`);
    if (!button || !bar || !modal) continue;
    /** @type {(from: HTMLElement, to: HTMLElement) => void} */
    const move = (from, to) => {
      to.append(...from.childNodes);
      to.className = from.className;
      from.className = "";
    };
    button.addEventListener("click", () => {
      if (side === "primary" && matchMedia("(min-width: 992px)").matches) {
        bar.classList.toggle("pst-sidebar-hidden");
      } else {
        move(bar, modal);
        modal.showModal();
      }
    });
    modal.addEventListener("close", () => move(modal, bar));
    modal.addEventListener("click", ({ target }) => {
      if (target instanceof Element && target.closest("a")) modal.close();
    });
  }

  // The list of pages stays where the reader has scrolled it.
  for (const bar of all("#pst-primary-sidebar")) {
    new IntersectionObserver((_, seen) => {
      seen.disconnect();
      const [key, area] = /** @type {const} */ (["sidebar-scroll-top", "sessionStorage"]);
      bar.scrollTop = Number(bookStorage.read(key, area));
      addEventListener("pagehide", () => bookStorage.write(key, String(bar.scrollTop), area));
    }).observe(bar);
  }

  // The header has a shadow while text lies under it.
  for (const edge of all(".sbt-scroll-pixel-helper")) {
    new IntersectionObserver(([{ boundingClientRect }]) => {
      document.body.classList.toggle("scrolled", boundingClientRect.y < 0);
    }).observe(edge);
  }

  // The section that is read is marked in the list of contents; one that was jumped to, at once.
  /** @type {Map<Element, HTMLAnchorElement>} */
  const links = new Map();
  for (const link of all("#pst-page-toc-nav a[href^='#']")) {
    if (!(link instanceof HTMLAnchorElement)) continue;
    const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (section) links.set(section.querySelector(":scope > :is(h1, h2, h3, h4, h5, h6)") ?? section, link);
  }
  /** @param {HTMLAnchorElement | undefined} link */
  const mark = (link) => {
    if (!link) return;
    for (const other of links.values()) {
      const here = other === link;
      other.classList.toggle("active", here);
      if (here) other.setAttribute("aria-current", "true");
      else other.removeAttribute("aria-current");
    }
    all("#pst-page-toc-nav .toc-entry").forEach((entry) => {
      entry.classList.toggle("active", entry.contains(link));
    });
  };
  let jumped = 0;
  const jump = () => {
    const link = [...links.values()].find(({ hash }) => hash === location.hash);
    if (link) jumped = performance.now();
    mark(link);
  };
  const reading = new IntersectionObserver(
    (entries) => {
      const last = entries.filter(({ isIntersecting }) => isIntersecting).pop();
      const settled = !jumped || performance.now() - jumped > 1000;
      if (last && settled) mark(links.get(last.target));
    },
    { rootMargin: "0px 0px -70% 0px" },
  );
  for (const heading of links.keys()) reading.observe(heading);
  addEventListener("hashchange", jump);
  jump();

  // What is wider than its box scrolls there, says at which edge there is more, and can be reached by the
  // keyboard; a formula's box then has a name. All are measured before one is changed, or the page would be
  // laid out for each.
  const scrolls = ".formula, pre, figure.still, .cell_output > .output, .pst-scrollable-table-container";
  /** @type {(boxes: Iterable<Element | null>) => void} */
  const hint = (boxes) => {
    const measured = [...boxes]
      .filter((box) => box instanceof HTMLElement)
      .map((box) => {
        const across = box.scrollWidth - box.clientWidth;
        const more = [box.scrollLeft > 1 && "left", box.scrollLeft < across - 1 && "right"];
        const high = !box.matches(".formula") && box.scrollHeight > box.clientHeight;
        const wide = across > 0 || high;
        return /** @type {const} */ ([box, wide, more.filter(Boolean).join(" ")]);
      });
    for (const [box, wide, more] of measured) {
      const { label } = box.dataset;
      for (const [name, value] of [
        ["tabindex", wide && "0"],
        ["role", wide && label && "group"],
        ["aria-label", wide && label],
        ["data-more", more],
      ]) {
        if (value) box.setAttribute(name, value);
        else box.removeAttribute(name);
      }
    }
  };
  const reach = new ResizeObserver((entries) =>
    hint(new Set(entries.map(({ target }) => target.closest(scrolls)))),
  );
  // Fonts are there then. To ask for `document.fonts.ready` earlier would lay the page out at once.
  addEventListener("load", () => {
    for (const box of all(scrolls)) for (const part of [box, ...box.children]) reach.observe(part);
  });
  document.addEventListener(
    "scroll",
    ({ target }) => {
      if (target instanceof Element && target.matches(scrolls)) hint([target]);
    },
    { capture: true, passive: true },
  );

  // Every piece of code can be copied; the clipboard's own interface is for secure pages only.
  /** @param {string} text */
  const copy = async (text) => {
    if (bookMayCopy) return navigator.clipboard.writeText(text);
    document.addEventListener(
      "copy",
      (event) => {
        event.clipboardData?.setData("text/plain", text);
        event.preventDefault();
      },
      { once: true },
    );
    document.execCommand("copy");
  };
  for (const code of all(".highlight > pre")) {
    const button = document.createElement("button");
    /** @param {string} word */
    const say = (word) => {
      button.title = word;
      button.ariaLabel = word;
    };
    button.type = "button";
    button.className = "copy";
    say("Copy");
    button.addEventListener("click", async () => {
      await copy((code.textContent ?? "").replace(/\n$/, ""));
      say("Copied");
      setTimeout(say, 2000, "Copy");
    });
    code.after(button);
  }

  // Pictures do not hold up the text; once it is there all come, as paper may be asked for next.
  addEventListener("load", () => {
    for (const picture of document.images) picture.loading = "eager";
  });

  // A link to a section that is folded under its title, or to something in a fold, opens it.
  // Nothing has a name that cannot be decoded.
  const aimed = () => {
    try {
      return document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return null;
    }
  };
  const reveal = () => {
    const target = aimed();
    /** @type {HTMLDetailsElement[]} */
    const shut = [];
    for (let part = target; part; part = part.parentElement) {
      if (part instanceof HTMLDetailsElement && !part.open) shut.push(part);
    }
    // Its heading, and other names of the section, stand outside of the fold.
    const own = target?.closest("section")?.querySelector(":scope > details.depth");
    if (own instanceof HTMLDetailsElement && !own.open) shut.push(own);
    for (const box of shut) box.open = true;
    if (shut.length) target?.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  // Paper has no folds.
  /** @type {NodeListOf<HTMLDetailsElement>} */
  let folded;
  /** @param {boolean} open */
  const unfold = (open) => {
    for (const box of folded) box.open = open;
  };
  addEventListener("beforeprint", () => {
    folded = document.querySelectorAll("details:is(.dropdown, .depth):not([open])");
    unfold(true);
  });
  addEventListener("afterprint", () => unfold(false));
}
