// What the scripts of explorers and the one that draws them leave for each other.

interface LiveMemory {
  get: () => string | null;
  set: (value: string) => void;
}

interface LiveWidget {
  initialize?: (context: { model: object }) => unknown;
  render: (context: { model: object; el: HTMLElement; memory: LiveMemory }) => unknown;
}

interface LiveView {
  widget: LiveWidget;
  model: object;
}

declare var liveModules: Record<string, LiveWidget | (() => LiveWidget | Promise<LiveWidget>)>;
declare var liveModels: Map<string, Promise<LiveView>> | undefined;

// What an explorer's root lets the page around it do; "drawn" is its event.
type LiveDomain = { low: number; high: number; step: number } | { words: string[] };
type LiveState = Record<string, number | string>;
interface LiveRoot extends HTMLElement {
  traits?: {
    domains: Record<string, LiveDomain>;
    opening: LiveState;
    read: () => LiveState;
    set: (changes: LiveState) => void;
  };
}

// What picture.js makes of an explorer: the text of an SVG, the address of a PNG.
declare var livePicture: { svg: (root: Element) => string; png: (root: Element) => string } | undefined;
