/** A login that wants a second factor, of somebody who has none: one is set up, or put off. */

import { auth } from "./page/auth.ts";
import { begin } from "./page/begin.ts";
import { completeLogin } from "./page/completion.ts";
import { find } from "./page/find.ts";
import { tell } from "./page/outcome.ts";
import { usable } from "./page/passkeys.ts";
import { ask } from "./page/server.ts";
import { downloadCodes, printCodes, settingUp } from "./page/set-up.ts";
import { moment, say } from "./page/texts.ts";
import { waiting } from "./page/waiting.ts";

const asked = waiting("enroll");
const login = { ticket: null, deadline: null, expiresAt: "", allowed: [] };
const { beginTotpEnrollment, confirmTotpEnrollment, addPasskey, keepCodes } = settingUp({
  ask,
  registerPasskey: () => auth.registerPasskey({ login }),
  added: () => completeLogin({}),
});

begin({
  beginTotpEnrollment,
  confirmTotpEnrollment,
  addPasskey,
  keepCodes,
  printCodes,
  downloadCodes,
  skipEnrollment,
});
if (asked) show();
else tell(find(".outcome"), say("INVALID_TOKEN.completeLogin"), "error");

function show(): void {
  const { factors, deadline } = asked ?? { factors: [] };
  const shown = usable(factors);
  for (const part of document.querySelectorAll<HTMLElement>("[data-factor]")) {
    part.hidden = !shown.includes(part.dataset["factor"] ?? "");
  }
  find("#skipping").hidden = !deadline;
  if (deadline) find("#deadline").textContent = say("deadline", { when: moment(deadline) });
}

function skipEnrollment(): Promise<void> {
  return completeLogin({ skip: true });
}
