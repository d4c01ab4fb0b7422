/** A login, or a reset of a password, that waits for more. The server knows it by an HttpOnly cookie. */

import { go } from "./address.ts";

const KEY = "authberry waiting";

type Page = "second-step" | "enroll" | "prove-account";

/** What is asked for, as the server has answered. */
export interface Waiting {
  /** What is completed in the end. */
  readonly what: "login" | "reset";
  readonly expiresAt: string;
  readonly factors: readonly string[];
  /** For `navigator.credentials.get`, if a passkey is among them. */
  readonly passkeyOptions?: unknown;
  /** Until when setting a factor up can be put off. */
  readonly deadline?: string | null;
  /** Which login at a provider waits for a proof, and of which address. */
  readonly provider?: string;
  readonly email?: string;
}

/** Go on to the page that asks for it; another load of that page asks again. */
export function waitAt(page: Page, waiting: Waiting): void {
  sessionStorage.setItem(KEY, JSON.stringify({ page, ...waiting }));
  go(page);
}

/** What this page is to ask for, unless its time is over. */
export function waiting(page: Page): Waiting | null {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as
    | (Waiting & { page: Page })
    | null;
  return kept?.page === page && Date.parse(kept.expiresAt) > Date.now() ? kept : null;
}

/** Ask no more. */
export function forgetWaiting(): void {
  sessionStorage.removeItem(KEY);
}
