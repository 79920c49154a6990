// Brings a built page's explorers to life without a kernel. The page carries the state of each widget,
// its ES module's text included; each view gets a model as anywidget's front ends make one.
(() => {
  const read = (script) => JSON.parse(script.textContent);
  const scripts = (kind) => [...document.querySelectorAll(`script[type="application/vnd.jupyter.${kind}+json"]`)];
  const once = (make) => {
    const made = new Map();
    return (key) => made.get(key) ?? made.set(key, make(key)).get(key);
  };

  const load = once((text) => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    return import(url).finally(() => URL.revokeObjectURL(url));
  });

  const addStyle = once((text) => {
    const style = document.createElement("style");
    style.textContent = text;
    document.head.append(style);
    return style;
  });

  function makeModel(values) {
    const listeners = {};
    const emit = (event, ...details) => [...(listeners[event] ?? [])].forEach((listener) => listener(...details));
    const model = {
      get: (name) => values[name],
      set(name, value) {
        if (Object.is(values[name], value)) return;
        values[name] = value;
        emit(`change:${name}`, model, value);
        emit("change", model);
      },
      on: (event, listener) => (listeners[event] ??= new Set()).add(listener),
      off: (event, listener) => (listener ? listeners[event]?.delete(listener) : delete listeners[event]),
      save_changes() {}, // There is no kernel to tell.
      send() {},
    };
    return model;
  }

  const states = Object.assign({}, ...scripts("widget-state").map((script) => read(script).state));

  // One model for each widget, however many views it has; its module is initialised once.
  const open = once(async (id) => {
    const { _esm, _css, ...values } = states[id].state;
    const { default: exported } = await load(_esm);
    const widget = typeof exported === "function" ? await exported() : exported;
    const model = makeModel(values);
    if (_css) addStyle(_css);
    await widget.initialize?.({ model });
    return { widget, model };
  });

  // The still figure before a view is hidden by its wrapper's class, given only when the drawing stands.
  async function show(script) {
    const el = document.createElement("div");
    try {
      const { widget, model } = await open(read(script).model_id);
      script.after(el);
      await widget.render({ model, el });
      script.parentElement.classList.add("live-on");
    } catch (error) {
      el.remove();
      console.error("An explorer could not be drawn:", error);
    }
  }

  scripts("widget-view").forEach(show);
})();
