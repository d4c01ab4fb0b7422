/** The last step of a login that had several. */

import type { Auth } from "client/auth.ts";
import { auth } from "./auth.ts";
import { enter } from "./entering.ts";
import { accepted } from "./refusal.ts";
import { forgetWaiting } from "./waiting.ts";

/** Complete the login that waits, and go on. */
export async function completeLogin(step: Parameters<Auth["completeLogin"]>[0]): Promise<void> {
  const entered = accepted(await auth.completeLogin(step));
  forgetWaiting();
  enter(entered);
}
