/** Where the editor finds its workers: beside this file. */

declare const WORKERS: Readonly<Record<string, string>>;

const start = (_id: string, label: string): Worker => {
  const file = WORKERS[label] ?? WORKERS["editor"];
  return new Worker(new URL(`./${file}`, import.meta.url), { type: "module" });
};

Object.assign(globalThis, { MonacoEnvironment: { getWorker: start } });
