/** What every page begins with. */

import { fragment, hideToken, linkToken } from "./address.ts";
import { type Act, needsToken, submit } from "./form.ts";
import { outcomeOf, tell } from "./outcome.ts";
import { pointElsewhere } from "./passkeys.ts";
import { say } from "./texts.ts";
import { requestEmailVerification } from "./verification.ts";

/** Show the forms of a page, which do what they are called after. */
export function begin(acts: Readonly<Record<string, Act>>): void {
  const all: typeof acts = { ...acts, requestEmailVerification };
  hideToken();
  // What the browser has kept of an account may be of somebody who has logged out since.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  // Another link, pasted over this one, loads nothing by itself.
  addEventListener("hashchange", () => location.hash.startsWith("#token=") && location.reload());
  document.querySelectorAll<HTMLAnchorElement>("a[hreflang]").forEach(keepFragment);
  document.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const act = all[form.dataset["act"] ?? ""];
    if (act) void submit(form, act);
  });
  for (const form of document.forms) show(form);
  pointElsewhere();
}

function show(form: HTMLFormElement): void {
  if (needsToken(form) && !linkToken) tell(outcomeOf(form), say("incomplete"), "error");
  else form.hidden = form.dataset["when"] !== undefined;
}

/** The other language, with what this page came with: the fragment is no longer in the address. */
function keepFragment(link: HTMLAnchorElement): void {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    location.assign(new URL(link.getAttribute("href") + fragment, location.href));
  });
}
