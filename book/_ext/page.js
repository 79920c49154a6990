// What surrounds the text: menus, search, sidebars, copying. Nothing here measures the page before
// the browser has laid it out for itself, which would make a slow phone do so twice.
{
  const root = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const onClick = (selector, act) => all(selector).forEach((part) => part.addEventListener("click", act));

  // A click beside a dialog closes it.
  onClick("dialog", ({ currentTarget, clientX, clientY }) => {
    const { left, right, top, bottom } = currentTarget.getBoundingClientRect();
    const beside = clientX < left || clientX > right || clientY < top || clientY > bottom;
    // The keyboard's clicks have no place.
    if (beside && (clientX || clientY)) currentTarget.close();
  });

  // The header's menus.
  for (const button of all(".dropdown-toggle")) {
    const menu = button.nextElementSibling;
    const items = [...menu.querySelectorAll(".dropdown-item")];
    const show = (open) => {
      menu.classList.toggle("show", open);
      button.setAttribute("aria-expanded", String(open));
    };
    button.addEventListener("click", () => show(!menu.classList.contains("show")));
    document.addEventListener("click", ({ target }) => {
      if (!button.contains(target)) show(false);
    });
    button.parentElement.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") {
        show(false);
        button.focus();
      } else if (step) {
        event.preventDefault();
        show(true);
        const from = items.indexOf(document.activeElement);
        const next = from < 0 && step < 0 ? items.length - 1 : from + step;
        items[(next + items.length) % items.length].focus();
      }
    });
    button.parentElement.addEventListener("focusout", ({ currentTarget, relatedTarget }) => {
      if (relatedTarget && !currentTarget.contains(relatedTarget)) show(false);
    });
  }
  onClick("[data-print]", () => print());

  // Search: on its own page the field there, on others a dialog.
  const field = document.querySelector(".bd-search-container input");
  const dialog = document.getElementById("pst-search-dialog");
  const search = () => {
    if (field) {
      field.focus();
      field.select();
    } else if (dialog.open) dialog.close();
    else dialog.showModal();
  };
  const mac = /^(Mac|iP)/.test(navigator.platform);
  if (mac) all("kbd.kbd-shortcut__modifier").forEach((key) => { key.textContent = "⌘"; });
  onClick(".search-button__button", search);
  addEventListener("keydown", (event) => {
    const [wanted, other] = mac ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
    if (wanted && !other && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      search();
    }
  }, true);
  if (field) {
    search();
    // A page opened as a file may not read others, from which the summaries would come.
    if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  } else if (localStorage.getItem("sphinx_highlight_terms")) {
    // The reader comes from the search page: mark what was looked for.
    for (const name of ["documentation_options", "doctools", "sphinx_highlight"]) {
      const script = document.createElement("script");
      script.src = `${root.dataset.content_root}_static/${name}.js`;
      script.async = false;
      document.head.append(script);
    }
  }

  // Sidebars: beside the text where there is room, else in a dialog.
  for (const side of ["primary", "secondary"]) {
    const button = document.querySelector(`.${side}-toggle`);
    const bar = document.getElementById(`pst-${side}-sidebar`);
    if (!button || !bar) continue;
    const modal = document.getElementById(`pst-${side}-sidebar-modal`);
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
      if (target.closest("a")) modal.close();
    });
  }

  // The list of pages stays where the reader has scrolled it.
  const bar = document.getElementById("pst-primary-sidebar");
  new IntersectionObserver((_, seen) => {
    seen.disconnect();
    bar.scrollTop = Number(sessionStorage.getItem("sidebar-scroll-top"));
    addEventListener("pagehide", () => sessionStorage.setItem("sidebar-scroll-top", bar.scrollTop));
  }).observe(bar);

  // The header has a shadow while text lies under it.
  new IntersectionObserver(([{ boundingClientRect }]) => {
    document.body.classList.toggle("scrolled", boundingClientRect.y < 0);
  }).observe(document.querySelector(".sbt-scroll-pixel-helper"));

  // The section that is read is marked in the list of contents; one that was jumped to, at once.
  const links = new Map();
  for (const link of all("#pst-page-toc-nav a[href^='#']")) {
    const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (section) links.set(section.querySelector(":scope > :is(h1, h2, h3, h4, h5, h6)") ?? section, link);
  }
  const mark = (link) => {
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
    if (!link) return;
    jumped = performance.now();
    mark(link);
  };
  const reading = new IntersectionObserver((entries) => {
    const last = entries.filter(({ isIntersecting }) => isIntersecting).pop();
    if (last && !(performance.now() - jumped < 1000 && jumped)) mark(links.get(last.target));
  }, { rootMargin: "0px 0px -70% 0px" });
  for (const heading of links.keys()) reading.observe(heading);
  addEventListener("hashchange", jump);
  jump();

  // What scrolls can be reached by the keyboard.
  const scrolls = "pre, .cell_output > .output, .pst-scrollable-table-container";
  const reach = new ResizeObserver((entries) => {
    const boxes = [...new Set(entries.map(({ target }) => target.closest(scrolls)))];
    const wide = boxes.map((box) => box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight);
    boxes.forEach((box, index) => {
      if (wide[index]) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
  });
  for (const box of all(scrolls)) for (const part of [box, ...box.children]) reach.observe(part);

  // Every piece of code can be copied; the clipboard's own interface is for secure pages only.
  const copy = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    document.addEventListener("copy", (event) => {
      event.clipboardData.setData("text/plain", text);
      event.preventDefault();
    }, { once: true });
    document.execCommand("copy");
  };
  for (const code of all(".highlight > pre")) {
    const button = document.createElement("button");
    const say = (word) => { button.title = word; button.ariaLabel = word; };
    button.type = "button";
    button.className = "copy";
    say("Copy");
    button.addEventListener("click", async () => {
      await copy(code.textContent.replace(/\n$/, ""));
      say("Copied");
      setTimeout(say, 2000, "Copy");
    });
    code.after(button);
  }

  // Pictures do not hold up the text; once it is there all come, as paper may be asked for next.
  addEventListener("load", () => all("img[loading]").forEach((picture) => { picture.loading = "eager"; }));

  // Paper has no folds.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details.dropdown:not([open])");
    folded.forEach((box) => { box.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((box) => { box.open = false; }));
}
