/** What a tab keeps of a login at a provider until it is back. */

import type * as schema from "./schema.js";

export interface BegunLogin {
  readonly intent: schema.ExternalLoginIntent;
  /** A secret, where the client holds its tokens itself; else the browser is known by a cookie. */
  readonly ticket: string | null;
  /** Which window this is, if it is one that was opened for it. */
  readonly popup: string | null;
}

const KEY = "authberry external login";

export function keep(storage: Storage, begun: BegunLogin): void {
  storage.setItem(KEY, JSON.stringify(begun));
}

export function kept(): BegunLogin | null {
  return JSON.parse(globalThis.sessionStorage?.getItem(KEY) ?? "null") as BegunLogin | null;
}

export function forget(): void {
  globalThis.sessionStorage?.removeItem(KEY);
}
