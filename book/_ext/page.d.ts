// What the book's scripts leave for one another.
declare const MiniSearch: typeof import("minisearch").default;

// Of each section its address, title, page, text, weight and keywords.
declare const bookSections: [string, string, string, string, number, string][];

// Of each term and equation its title and its HTML.
type Peeks = Record<string, [string, string]>;
declare const bookPeeks: Peeks;
