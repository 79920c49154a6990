// A clock for what moves: play, pause, and a slider for the time, which runs from 0 to 1. Nothing moves by
// itself, and where motion is unwanted the button goes on by a step.

import { html, letScroll, put, settle } from "./drawing.js";

const SECONDS = 4;
const STEPS = 4;
const STYLISED = "(stylised: the model gives no path)";

/**
 * @typedef {(name: string, label: string, act: () => void) => HTMLButtonElement} Press Makes a button.
 * @typedef {{ slider: Node, button: Node, draw: () => void, set: (time: number) => void, stop: () => void }} Motion
 */
/**
 * Call `show` with the time whenever it changes, by the clock or by the reader.
 * @type {(id: string, press: Press, show: (time: number) => void) => Motion}
 */
export function makeMotion(id, press, show) {
  const steps = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let time = 1;
  let last = 0;
  let frame = 0;

  const draw = () => show(time);
  /** @param {number} value */
  const go = (value) => {
    const words = `${Math.round(100 * value)} %`;
    time = value;
    slider.value = output.dataset.value = String(value);
    output.value = words;
    put(slider, { "aria-valuetext": words });
  };
  const stop = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    document.removeEventListener("visibilitychange", stop);
    button.textContent = steps ? "Step" : "Play";
  };
  /** @param {number} now */
  const tick = (now) => {
    if (!button.checkVisibility()) return stop(); // Also when it is no longer in the page.
    go(Math.min(1, time + Math.min(100, Math.max(0, now - last)) / (1000 * SECONDS)));
    last = now;
    draw();
    if (time < 1) frame = requestAnimationFrame(tick);
    else stop();
  };
  const play = () => {
    last = performance.now();
    frame = requestAnimationFrame(tick);
    document.addEventListener("visibilitychange", stop);
    button.textContent = "Pause";
  };
  const button = press("play", "", () => {
    if (frame) return stop();
    if (time === 1) go(0);
    else if (steps) go(Math.min(1, (Math.floor(STEPS * time) + 1) / STEPS));
    draw();
    if (!steps) play();
  });
  const slider = html("input", { type: "range", id: `${id}-time`, name: "time", min: 0, max: 1, step: 0.01 });
  const output = settle(html("output", { name: "time", for: slider.id, "aria-live": "off" }), true);
  slider.addEventListener("input", () => {
    stop();
    go(Number(slider.value));
    draw();
  });
  letScroll(
    slider,
    () => time,
    (value) => {
      go(value);
      draw();
    },
  );
  stop();
  go(time);
  const label = html(
    "label",
    { for: slider.id },
    "time on the way ",
    html("span", { class: "hint" }, STYLISED),
  );
  return {
    slider: html("div", { class: "slider" }, label, slider, output),
    button,
    draw,
    set(value) {
      stop();
      go(value);
    },
    stop,
  };
}
