// A link to a term or an equation shows what it leads to: to a mouse that rests on it and to the keyboard's
// focus as a tooltip; to a finger as a small dialog with the link in it, which a second tap follows as well.
{
  const WAIT = 350; // Milliseconds that the mouse rests before the box is shown,
  const LEAVE = 250; // and that it has to reach the box.
  const EDGE = 8; // Pixels between the box and the edge of the window.
  const CONTENTS = document.currentScript?.dataset.peeks ?? "";
  const links = 'article a.reference:is([href*="#term-"], [href*="#equation-"])';

  const box = document.createElement("div");
  box.className = "peek";
  box.id = "peek";
  /** @type {HTMLAnchorElement | null} */
  let shown = null;
  /** @type {number | undefined} */
  let soon;
  let touched = false;

  // What is to be shown comes when it is first asked for; a script comes to pages opened as files, too.
  /** @type {Promise<Peeks> | undefined} */
  let coming;
  const contents = () =>
    (coming ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = CONTENTS;
      script.onload = () => resolve(bookPeeks);
      script.onerror = reject;
      document.head.append(script);
    }));

  function hide() {
    clearTimeout(soon);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    box.remove();
  }

  // Below the link or, where there is no room, above it; never over the edge of the window.
  /** @param {HTMLAnchorElement} link */
  function place(link) {
    const [line] = link.getClientRects();
    const from = (box.offsetParent ?? document.documentElement).getBoundingClientRect();
    const wide = document.documentElement.clientWidth;
    const left = Math.max(EDGE, Math.min(line.left, wide - box.offsetWidth - EDGE));
    const above = line.top - box.offsetHeight - 4;
    const below = line.bottom + 4;
    const fits = below + box.offsetHeight <= innerHeight || above < 0;
    box.style.left = `${left - from.left}px`;
    box.style.top = `${(fits ? below : above) - from.top}px`;
  }

  /** @type {(link: HTMLAnchorElement, stays?: boolean) => Promise<void>} */
  async function show(link, stays = false) {
    clearTimeout(soon);
    const found = (await contents())[decodeURIComponent(link.hash.slice(1))];
    if (!found || shown === link) return;
    hide();
    shown = link;
    const [title, html] = found;
    box.innerHTML = `<p class="peek-title"></p><div class="peek-text">${html}</div>`;
    box.firstElementChild?.append(title);
    box.role = stays ? "dialog" : "tooltip";
    box.ariaLabel = stays ? title : null;
    if (stays) {
      const foot = document.createElement("p");
      const go = document.createElement("a");
      const close = document.createElement("button");
      go.href = link.href;
      go.textContent = "Go to it";
      close.type = "button";
      close.textContent = "Close";
      close.addEventListener("click", () => back(link));
      foot.append(go, close);
      box.append(foot);
    } else link.setAttribute("aria-describedby", box.id);
    (link.closest("article") ?? document.body).append(box);
    place(link);
    if (stays) box.querySelector("a")?.focus({ preventScroll: true });
  }

  /** @param {HTMLAnchorElement} link */
  function back(link) {
    hide();
    link.focus({ preventScroll: true });
  }

  /** @param {EventTarget | null} target */
  const linkAt = (target) =>
    /** @type {HTMLAnchorElement | null} */ (target instanceof Element ? target.closest(links) : null);
  /** @param {EventTarget | null} target */
  const within = (target) => target instanceof globalThis.Node && box.contains(target);
  /** @param {() => void} act @param {number} wait */
  const later = (act, wait) => {
    clearTimeout(soon);
    soon = setTimeout(act, wait);
  };

  document.addEventListener("pointerdown", ({ pointerType, target }) => {
    touched = pointerType === "touch";
    if (shown && !within(target) && linkAt(target) !== shown) hide();
  });
  document.addEventListener("pointerover", ({ pointerType, target }) => {
    if (pointerType !== "mouse") return;
    const link = linkAt(target);
    if (link && link !== shown) later(() => show(link), WAIT);
    else if (link || within(target)) clearTimeout(soon);
    else if (box.role === "dialog" || !shown) clearTimeout(soon);
    else if (shown !== document.activeElement) later(hide, LEAVE);
  });
  document.addEventListener("focusin", ({ target }) => {
    const link = linkAt(target);
    if (link?.matches(":focus-visible") && !touched) show(link);
  });
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    const left = box.role === "dialog" ? within(target) && !within(relatedTarget) : target === shown;
    if (shown && left && relatedTarget) hide();
  });
  document.addEventListener("click", (event) => {
    const link = linkAt(event.target);
    if (!link || !touched || link === shown) return;
    event.preventDefault();
    show(link, true).catch(() => location.assign(link.href));
  });
  document.addEventListener("keydown", ({ key }) => {
    touched = false;
    if (key !== "Escape" || !shown) return;
    if (within(document.activeElement)) back(shown);
    else hide();
  });
}
