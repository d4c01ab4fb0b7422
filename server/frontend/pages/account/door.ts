/** The two sides of the page: the account inside, and outside the door, where it is said why not. */

import { fragment, pageUrl } from "../page/address.ts";
import { auth } from "../page/auth.ts";
import { find } from "../page/find.ts";
import { tell } from "../page/outcome.ts";
import { factsOf } from "../page/refusal.ts";
import { explain, say } from "../page/texts.ts";

const NOBODY = "REFRESH_TOKEN_MISSING";
/** What is said instead of a session's cookie: there is none, or none that is any good. */
const NOBODY_EITHER: readonly string[] = ["TOKEN_MISSING", "TOKEN_INVALID"];

const door = find("#door");
const inside = find("#inside");
const outcome = find(".outcome", door);

/** Go in, if somebody is logged in, once the account is shown; else to the page to log in. */
export async function open(show: () => Promise<unknown>): Promise<void> {
  tell(outcome, say("loading"));
  try {
    if (auth.state.status === "unknown") await auth.refresh();
    if (auth.state.status !== "loggedOut") await show();
    else if (reasonOut() === NOBODY) return location.replace(pageUrl("login", fragment));
    else return leaveBecauseOver();
  } catch (error) {
    return leave(explain(factsOf(error)), "error");
  }
  door.hidden = true;
  inside.hidden = false;
  if (fragment) document.getElementById(fragment.slice(1))?.scrollIntoView();
}

/** Show the outside in place of the inside, for good. */
export function leave(text: string, kind: "done" | "error" = "done"): void {
  auth.close();
  inside.hidden = true;
  door.hidden = false;
  find(".next", door).hidden = false;
  tell(outcome, text, kind);
  outcome.focus();
}

/** Leave, and say why the session is over. */
export function leaveBecauseOver(): void {
  leave(explain({ code: reasonOut(), message: "" }), "error");
}

function reasonOut(): string {
  const reason = (auth.state.status === "loggedOut" && auth.state.reason) || NOBODY;
  return NOBODY_EITHER.includes(reason) ? NOBODY : reason;
}
