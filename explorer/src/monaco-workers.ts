/** File names of the built workers, by what Monaco calls them. */
declare const WORKER_FILES: Readonly<Record<string, string>>;

// https://github.com/microsoft/monaco-editor/blob/main/docs/integrate-esm.md
window.MonacoEnvironment = {
  getWorker: (_id, label) => {
    const file = WORKER_FILES[label] ?? WORKER_FILES["editor"] ?? "";
    return new Worker(new URL(file, import.meta.url));
  },
};
