// What Sphinx's documentation_options.js leaves on the search page.
declare const DOCUMENTATION_OPTIONS: { SHOW_SEARCH_SUMMARY: boolean };

// The browser's storage, from mode.js: null where there is nothing, or no storage.
declare var bookStorage: {
  read: (key: string, area?: "localStorage" | "sessionStorage") => string | null;
  write: (key: string, value: string, area?: "localStorage" | "sessionStorage") => void | null;
  erase: (key: string) => void | null;
};

// Whether the clipboard may be asked for, from mode.js; it can refuse all the same.
declare var bookMayCopy: boolean;

// What a reader has done, from progress.js, on pages where something is kept.
declare var bookProgress:
  | { met: (challenge: string, moves: number) => void; was: (challenge: string) => number | undefined }
  | undefined;
