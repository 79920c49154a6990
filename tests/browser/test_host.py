"""The script that brings widgets to life, on small pages of its own."""

import pytest

from .alone import alone

pytestmark = pytest.mark.browser

COUNTER = """
const widget = {
  initialize({ model }) { model.set("begun", model.get("begun") + 1); },
  render({ model, el }) {
    const button = document.createElement("button");
    const show = () => { button.textContent = `${model.get("begun")} ${model.get("n")}`; };
    button.onclick = () => { model.set("n", model.get("n") + 1); model.save_changes(); };
    model.on("change:n", show);
    show();
    el.append(button);
  },
};
"""
AS_OBJECT = COUNTER + "export default widget;"
AS_FUNCTION = COUNTER + "export default async () => widget;"
CSS = "button { color: rgb(1, 2, 3) }"
BROKEN = "export default { render({ el }) { el.append('half'); throw new Error('no'); } };"


def open_page(browser, modules, views):
    """Open a page with views of widgets with these modules, each view after a still figure."""
    page = browser.new_page()
    page.said = []
    page.on("console", lambda message: page.said.append((message.type, message.text)))
    state = {"n": 0, "begun": 0}
    shown = [
        {"id": name, "module": f"{name}.js", "state": state, "_esm": modules[name], "_css": CSS}
        for name in views
    ]
    page.set_content(alone(*shown))
    return page


@pytest.mark.parametrize("esm", [AS_OBJECT, AS_FUNCTION])
def test_a_module_may_export_its_widget_or_a_function_that_makes_it(browser, esm):
    page = open_page(browser, {"a": esm}, ["a"])
    page.locator("button").click()
    assert page.locator("button").inner_text() == "1 1"
    assert page.locator(".live-on").count() == 1
    page.close()


def test_views_of_one_model_share_it_and_other_models_do_not(browser):
    page = open_page(browser, {"a": AS_OBJECT, "b": AS_OBJECT}, ["a", "a", "b"])
    page.locator("button").nth(2).wait_for()
    page.locator("button").first.click()
    assert page.locator("button").all_inner_texts() == ["1 1", "1 1", "1 0"]
    page.close()


def test_a_drawing_that_fails_leaves_the_still_figure_and_says_why(browser):
    modules = {"bad": BROKEN, "good": AS_OBJECT, "empty": "export default {};"}
    page = open_page(browser, modules, ["bad", "good", "empty"])
    page.locator("button").wait_for()
    page.wait_for_function("document.querySelectorAll('.live-on').length === 1")
    assert [kind for kind, _ in page.said] == ["error", "error"]
    assert page.locator(".live:not(.live-on)").all_inner_texts() == ["still", "still"]
    page.close()


def test_change_listeners_hear_only_real_changes_and_can_be_removed(browser):
    listener = """export default { render({ model, el }) {
      const heard = [];
      const hear = (name) => () => { heard.push(name); el.title = heard.join(); };
      const all = hear("all");
      model.on("change:n", hear("n"));
      model.on("change", all);
      for (const value of [0, 1, 1, NaN, NaN]) model.set("n", value);
      model.off("change", all);
      model.set("n", 5);
      model.off("change:n");
      model.set("n", 6);
      model.send({});
    } };"""
    page = open_page(browser, {"a": listener}, ["a"])
    page.locator(".live-on").wait_for()
    assert page.locator("[title]").get_attribute("title") == "n,all,n,all,n"
    assert page.said == []
    page.close()
