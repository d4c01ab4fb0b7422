/** Making an account, here or by a login at a provider. */

import type { Auth } from "client/auth.ts";
import { auth } from "./page/auth.ts";
import { begin } from "./page/begin.ts";
import { enter } from "./page/entering.ts";
import { finish } from "./page/outcome.ts";
import { loginWith } from "./page/providers.ts";
import { accepted } from "./page/refusal.ts";

begin({ register, loginWith });

/** Who has to prove their address first is told to look for a mail, and others are logged in. */
async function register(form: HTMLFormElement, person: Parameters<Auth["register"]>[0]) {
  const answer = accepted(await auth.register(person));
  if (answer.__typename === "EmailSent") finish(form, "sent", { email: person.email });
  else enter(answer);
}
