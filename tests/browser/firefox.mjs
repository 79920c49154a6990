// Opens pages in Firefox and says what it saw of each, as one line of JSON. Reads from standard input the
// browser's path, the address of the book, and the paths of the pages.

import { readFileSync } from "node:fs";
import puppeteer from "puppeteer-core";

const { executable, address, pages } = JSON.parse(readFileSync(0, "utf8"));

// Moves every explorer's first slider to its farther end; what was drawn and said before and after, and of formulas
// how many are there, how many have no place, and in which font they are set.
async function look() {
  const frame = () => new Promise(requestAnimationFrame);
  const explorers = [];
  for (const root of document.querySelectorAll(".explorer")) {
    const seen = () => root.querySelector(".stage").innerHTML;
    const slider = root.querySelector("input[type=range]");
    const before = seen();
    const [low, high] = [Number(slider.min), Number(slider.max)];
    slider.value = Number(slider.value) > (low + high) / 2 ? low : high;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    for (let i = 0; i < 3; i += 1) await frame();
    explorers.push({
      name: root.dataset.explorer,
      moved: seen() !== before,
      wrong: /NaN|undefined/.test(seen()),
    });
  }
  const shown = [...document.querySelectorAll("main math")].filter((formula) => formula.checkVisibility());
  const empty = shown.filter((formula) => formula.getBoundingClientRect().width < 1);
  const alive =
    document.querySelectorAll(".live.live-on").length === document.querySelectorAll(".live").length;
  return {
    explorers,
    alive,
    formulas: shown.length,
    empty: empty.map((formula) => formula.textContent),
    fonts: [...new Set(shown.map((formula) => getComputedStyle(formula).fontFamily))],
    loaded: [...document.fonts].filter((font) => font.status === "loaded").map((font) => font.family),
    wide: document.documentElement.scrollWidth > innerWidth,
  };
}

const browser = await puppeteer.launch({ browser: "firefox", executablePath: executable, headless: true });
try {
  for (const page of pages) {
    const errors = [];
    const tab = await browser.newPage();
    await tab.setViewport({ width: 1280, height: 900 });
    tab.on("console", (message) => {
      // On a busy machine a formula may be drawn when half of it has come; test_chapter.py counts its parts.
      if (message.text().startsWith("Invalid markup: Incorrect number of children")) return;
      if (["error", "warn", "warning"].includes(message.type())) errors.push(message.text());
    });
    tab.on("pageerror", (error) => errors.push(String(error)));
    await tab.goto(`${address}/${page}`, { waitUntil: "load" });
    await tab.waitForFunction("!document.querySelector('.live:not(.live-on)')");
    await tab.evaluate("document.fonts.ready.then(() => null)");
    process.stdout.write(`${JSON.stringify({ page, errors, ...(await tab.evaluate(look)) })}\n`);
    await tab.close();
  }
} finally {
  await browser.close();
}
