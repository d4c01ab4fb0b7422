/** Another password, which ends every other session. */

import type { Auth } from "client/auth.ts";
import { auth } from "../page/auth.ts";
import { succeed } from "../page/outcome.ts";
import { accepted } from "../page/refusal.ts";
import { onceProved } from "./ask.ts";
import { showEvents } from "./events.ts";
import { showPerson } from "./profile.ts";
import { showSessions } from "./sessions.ts";

type Passwords = Parameters<Auth["changePassword"]>[0];

export async function changePassword(form: HTMLFormElement, passwords: Passwords) {
  accepted(await onceProved(() => auth.changePassword(passwords)));
  form.reset();
  await Promise.all([showPerson(), showSessions(), showEvents()]);
  succeed(form, "done");
}
