/** What follows a login that is good so far: the account, or the page that asks for more. */

import { go } from "./address.ts";
import { waitAt } from "./waiting.ts";

/** What a way in can end with, of those that are no refusal. */
interface Entered {
  readonly __typename: string;
  readonly expiresAt?: string;
  readonly factors?: readonly string[];
  readonly allowed?: readonly string[];
  readonly passkeyOptions?: unknown;
  readonly deadline?: string | null;
}

/** Go where the answer leads. */
export function enter(answer: Entered): void {
  const { expiresAt = "", factors, allowed, passkeyOptions, deadline = null } = answer;
  if (factors) waitAt("second-step", { what: "login", expiresAt, factors, passkeyOptions });
  else if (allowed) waitAt("enroll", { what: "login", expiresAt, factors: allowed, deadline });
  else go("");
}
