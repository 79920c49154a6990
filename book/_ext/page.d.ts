// What Sphinx's documentation_options.js leaves on the search page.
declare const DOCUMENTATION_OPTIONS: { SHOW_SEARCH_SUMMARY: boolean };
