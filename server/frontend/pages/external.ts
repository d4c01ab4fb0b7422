/** Where a login at a provider comes back to, and is completed. */

import { pageUrl } from "./page/address.ts";
import { auth } from "./page/auth.ts";
import { begin } from "./page/begin.ts";
import { find } from "./page/find.ts";
import { submit } from "./page/form.ts";
import { outcomeOf, tell } from "./page/outcome.ts";
import { follow } from "./page/providers.ts";
import { Refusal } from "./page/refusal.ts";
import { say } from "./page/texts.ts";

begin({ completeExternalLogin });
void submit(find("form[data-act=completeExternalLogin]"), completeExternalLogin);

/** Where the server was not reached, the form tries again. */
async function completeExternalLogin(form: HTMLFormElement): Promise<void> {
  form.hidden = true;
  tell(outcomeOf(form), say("loading"));
  try {
    // By the cookie: some providers' apps come back in another tab.
    const answer = await auth.completeExternalLogin({ ticket: null });
    if (!answer) return;
    tell(outcomeOf(form), "");
    // Back, from what follows, leads to the page to log in.
    history.replaceState(null, "", pageUrl("login"));
    follow(form, answer);
  } catch (error) {
    form.hidden = error instanceof Refusal;
    throw error;
  }
}
