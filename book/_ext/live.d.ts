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
