/** Logging in with a passkey alone: by a button, or picked in the field of the address. */

import { auth } from "./auth.ts";
import { enter } from "./entering.ts";
import { find } from "./find.ts";
import { submit } from "./form.ts";
import { hasPasskeys } from "./passkeys.ts";
import { accepted } from "./refusal.ts";

/** Show the button if the browser has passkeys, and have it offer them in the field if it can. */
export function offerPasskeys(): void {
  find("#passkey").hidden = !hasPasskeys();
  if (hasPasskeys()) void waitForOne();
}

/** Ask for one at once. What waits in the field makes way, and waits again if none is given. */
export async function loginWithPasskey(): Promise<void> {
  try {
    enter(accepted(await auth.loginWithPasskey()));
  } catch (error) {
    offerPasskeys();
    throw error;
  }
}

async function waitForOne(): Promise<void> {
  // Where none is picked, or none can be, there is nothing to say.
  const answer = await auth.loginWithPasskey({ autofill: true }).catch(() => null);
  if (!answer) return;
  await submit(find("form[data-act=loginWithPasskey]"), async () => enter(accepted(answer)));
}
