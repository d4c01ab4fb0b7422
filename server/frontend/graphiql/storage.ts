/**
 * Where GraphiQL keeps its tabs and its history: without the strings in them.
 *
 * A string that somebody typed may be a password or a token, and what is stored outlives the tab. So
 * the operations are kept, and what they were run with is not. Headers are not kept at all.
 */

const STRING = /"""[\s\S]*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?/g;
const KEY_OR_STRING = /([{,]\s*"(?:\\.|[^"\\\n])*"\s*:)|"(?:\\.|[^"\\\n])*"?/g;

/** An operation whose every string is empty, be it complete or just being typed. */
export function withoutStrings(operation: string): string {
  return operation.replace(STRING, '""');
}

/** Variables whose every value that is a string is empty. */
export function withoutValues(variables: string): string {
  return variables.replace(KEY_OR_STRING, (_, key?: string) => key ?? '""');
}

/** JSON in which tabs or past operations lie at whatever depth. */
function withoutSecrets(json: string): string {
  return JSON.stringify(JSON.parse(json), (name, value: unknown) => {
    if (name === "headers" || name === "response" || name === "hash") return null;
    if (typeof value !== "string") return value;
    if (name === "query") return withoutStrings(value);
    return name === "variables" ? withoutValues(value) : value;
  });
}

/** How each name is kept; what has no line here is forgotten with the page. */
const KEPT: Readonly<Record<string, (value: string) => string>> = {
  query: withoutStrings,
  variables: withoutValues,
  tabState: withoutSecrets,
  queries: withoutSecrets,
  favorites: withoutSecrets,
  theme: String,
  visiblePlugin: String,
  docExplorerFlex: String,
  editorFlex: String,
  secondaryEditorFlex: String,
};

const PREFIX = "graphiql:";

/** Storage for GraphiQL, which asks for nothing more than this of it. */
export const storage = {
  getItem: (key: string) => localStorage.getItem(key),
  removeItem: (key: string) => localStorage.removeItem(key),
  setItem(key: string, value: string) {
    const keep = KEPT[key.slice(PREFIX.length)];
    if (keep) localStorage.setItem(key, keep(value));
  },
  get length() {
    return ours().length;
  },
  clear() {
    for (const key of ours()) localStorage.removeItem(key);
  },
};

/** Whether there is nothing of an earlier visit. */
export function isEmpty(): boolean {
  return storage.getItem(`${PREFIX}tabState`) === null;
}

function ours(): string[] {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
}
