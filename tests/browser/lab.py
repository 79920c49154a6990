"""A notebook in JupyterLab, worked as a reader works it: through the page and its keyboard."""

from __future__ import annotations

__all__ = ["EXPOSED", "PANEL", "Notebook"]

# With this option of JupyterLab its pages give the application a name, `jupyterapp`.
EXPOSED = ("--LabApp.expose_app_in_browser=True",)
PANEL = "jupyterapp.shell.currentWidget"
READY = """name => {
  const panel = globalThis.jupyterapp?.shell.currentWidget;
  return panel?.context?.path === name && panel.context.isReady
    && panel.sessionContext.session?.kernel?.status === "idle";
}"""
DONE = f"""() => {PANEL}.sessionContext.session.kernel.status === "idle"
  && [...{PANEL}.content.model.cells].every(({{ type, executionCount }}) =>
    type !== "code" || executionCount)"""
OUTPUTS = f"""() => [...{PANEL}.content.model.cells].flatMap((cell, index) =>
  cell.type === "code" ? cell.outputs.toJSON().map((output) => [index, output]) : [])"""
EXECUTE = f"""async (code) => {{
  const said = [];
  const future = {PANEL}.sessionContext.session.kernel.requestExecute({{ code }});
  future.onIOPub = ({{ content }}) => said.push(content.text ?? content.evalue ?? "");
  await future.done;
  return said.join("");
}}"""
VIEW = "application/vnd.jupyter.widget-view+json"


class Notebook:
    """A notebook that is open in JupyterLab."""

    def __init__(self, tab, path):
        self.tab = tab
        self.path = path
        self.wait()

    def wait(self):
        """Wait until it is loaded and its kernel is idle."""
        self.tab.wait_for_function(READY, arg=self.path)

    def command(self, name, **arguments):
        """Run one of JupyterLab's commands and wait for it."""
        self.tab.evaluate(
            "async ([name, options]) => { await jupyterapp.commands.execute(name, options); }",
            [name, arguments],
        )

    def run_all(self):
        """Run all cells, as in the menu Run."""
        self.command("notebook:run-all-cells")
        self.tab.wait_for_function(DONE)

    def until(self, expression):
        """Wait until an expression in the kernel, beside the cells, is true."""
        self.tab.wait_for_function(
            f"async (code) => await ({EXECUTE})(code) === 'True\\n'",
            arg=f"print(bool({expression}))",
            polling=100,
        )

    def python(self, code):
        """Run code in the kernel, beside the cells; it may say nothing, and so not raise."""
        said = self.tab.evaluate(EXECUTE, code)
        assert said == "", said

    def outputs(self):
        """Every output as (index of its cell, output)."""
        return self.tab.evaluate(OUTPUTS)

    def errors(self):
        """What cells raised."""
        return [
            output["evalue"] for _, output in self.outputs() if output["output_type"] == "error"
        ]

    def widget_cells(self):
        """Cells that show a widget, as (index, the widget's identifier)."""
        return [
            (index, output["data"][VIEW]["model_id"])
            for index, output in self.outputs()
            if VIEW in output.get("data", {})
        ]

    def show(self, index):
        """Scroll a cell into view and give it."""
        self.tab.evaluate(
            f"""async (index) => {{
              const {{ content }} = {PANEL};
              await content.scrollToItem(index, "start");
              content.widgets[index].node.dataset.cell = index;
            }}""",
            index,
        )
        return self.tab.locator(f".jp-Notebook .jp-Cell[data-cell='{index}']")

    def content(self, expression, argument=None):
        """Return the value of an expression of JupyterLab's `content`, with an argument `at`."""
        return self.tab.evaluate(
            f"async (at) => {{ const {{ content }} = {PANEL}; {expression} }}", argument
        )

    def cells(self):
        """How many there are."""
        return self.content("return content.model.cells.length")

    def active(self):
        """Which cell is the active one."""
        return self.content("return content.activeCellIndex")

    def count(self, index):
        """The number under which a cell's result is in `Out`."""
        return self.content("return content.model.cells.get(at).executionCount", index)

    def source(self, index):
        """The text of a cell."""
        return self.content("return content.model.cells.get(at).sharedModel.getSource()", index)

    def hidden(self, index):
        """Whether a cell is folded away under its heading."""
        return self.content("return content.widgets[at].isHidden", index)

    def find(self, text):
        """The first cell that begins with a text."""
        return next(index for index in range(self.cells()) if self.source(index).startswith(text))

    def insert_below(self, index, code):
        """Add a cell of code below another and run it."""
        self.content("content.activeCellIndex = at", index)
        self.command("notebook:insert-cell-below")
        self.content("content.activeCell.model.sharedModel.setSource(at)", code)
        self.command("notebook:run-cell")
        self.tab.wait_for_function(DONE)

    def end_kernel(self):
        """Shut the kernel down."""
        self.tab.evaluate(f"async () => {{ await {PANEL}.sessionContext.shutdown(); }}")
