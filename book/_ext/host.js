// Draws the explorers of a built page, without a kernel. It runs after each of them while the page is being
// read, so that nothing below has a place yet that it could lose. The page carries an explorer's state, which
// is data; its module is a script of this site and has left its exports in `liveModules`.
(() => {
  const models = (globalThis.liveModels ??= new Map());

  /** @param {Record<string, unknown>} values */
  function makeModel(values) {
    /** @type {Map<string, Set<(...details: unknown[]) => void>>} */
    const listeners = new Map();
    /** @type {(event: string, ...details: unknown[]) => void} */
    const emit = (event, ...details) =>
      [...(listeners.get(event) ?? [])].forEach((listener) => listener(...details));
    const model = {
      /** @param {string} name */
      get: (name) => values[name],
      /** @type {(name: string, value: unknown) => void} */
      set(name, value) {
        if (Object.is(values[name], value)) return;
        values[name] = value;
        emit(`change:${name}`, model, value);
        emit("change", model);
      },
      /** @type {(event: string, listener: (...details: unknown[]) => void) => void} */
      on(event, listener) {
        listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
      },
      /** @type {(event: string, listener?: (...details: unknown[]) => void) => void} */
      off(event, listener) {
        if (listener) listeners.get(event)?.delete(listener);
        else listeners.delete(event);
      },
      save_changes() {}, // There is no kernel to tell.
      send() {},
    };
    return model;
  }

  // One model for each widget, however many views it has; its module is initialised once.
  /** @type {(view: { module: string, state: Record<string, unknown> }) => Promise<LiveView>} */
  async function open({ module, state }) {
    const exported = liveModules[module];
    const widget = typeof exported === "function" ? await exported() : exported;
    const model = makeModel({ ...state });
    await widget.initialize?.({ model });
    return { widget, model };
  }

  // What a view leaves in its page until the tab is closed.
  /** @type {(id: string) => LiveMemory} */
  function remember(id) {
    const key = `explorer ${location.pathname} ${id}`;
    return {
      get: () => bookStorage.read(key, "sessionStorage"),
      set: (value) => bookStorage.write(key, value, "sessionStorage"),
    };
  }

  // The still figure before a view is hidden by its wrapper's class, given only when the drawing stands.
  /** @param {HTMLScriptElement} script */
  async function show(script) {
    const el = document.createElement("div");
    try {
      const view = JSON.parse(script.text);
      if (!models.has(view.id)) models.set(view.id, open(view));
      const { widget, model } = await models.get(view.id);
      script.after(el);
      await widget.render({ model, el, memory: remember(view.id) });
      script.parentElement?.classList.add("live-on");
    } catch (error) {
      el.remove();
      console.error("An explorer could not be drawn:", error);
    }
  }

  /** @type {NodeListOf<HTMLScriptElement>} */
  const scripts = document.querySelectorAll('.live > script[type="application/json"]:not([data-seen])');
  for (const script of scripts) {
    script.dataset.seen = "";
    show(script);
  }
})();
