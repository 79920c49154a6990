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

// What the book's scripts leave for one another.
declare const MiniSearch: typeof import("minisearch").default;

// Of each section its address, title, page, text, weight and keywords.
declare const bookSections: [string, string, string, string, number, string][];

// Of each term and equation its title and its HTML.
type Peeks = Record<string, [string, string]>;
declare const bookPeeks: Peeks;
