import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["_build/", ".venv/", "build/", "book/_static/"] },
  js.configs.recommended,
  {
    languageOptions: { globals: globals.browser },
    rules: {
      "no-shadow": "error",
      "no-var": "error",
      "prefer-const": "error",
      eqeqeq: "error",
      "no-restricted-globals": ["error", "name", "event", "length", "status", "parent", "top"],
      // Tree-shaking by name sees one declaration each.
      "one-var": ["error", "never"],
    },
  },
  { files: ["book/_ext/*.js"], languageOptions: { sourceType: "script" } },
  {
    files: ["book/_ext/*.js"],
    languageOptions: {
      globals: { liveModules: "readonly", bookStorage: "readonly", bookMayCopy: "readonly" },
    },
  },
  {
    files: ["book/_ext/peek.js", "book/_ext/search.js"],
    languageOptions: { globals: { MiniSearch: "readonly", bookPeeks: "readonly", bookSections: "readonly" } },
  },
  {
    files: ["book/_ext/minify.js", "book/_ext/typeset.js", "course/typeset.js"],
    languageOptions: { sourceType: "commonjs", globals: globals.node },
  },
  { files: ["**/*.mjs"], languageOptions: { globals: globals.node } },
];
