/**
 * Where a client without a cookie jar keeps its refresh token: a keychain, a file that only its owner
 * may read. Never a browser's `localStorage`, which every script of the page can read.
 */
export interface TokenStorage {
  get(): Promise<string | null> | string | null;
  set(token: string): Promise<void> | void;
  remove(): Promise<void> | void;
}

/** Keeps it for as long as the program runs. */
export function inMemory(): TokenStorage {
  let kept: string | null = null;
  return {
    get: () => kept,
    set: (token) => {
      kept = token;
    },
    remove: () => {
      kept = null;
    },
  };
}
