/** Whether all factors are about to be taken off, since somebody says that they are lost. */

import { find } from "../page/find.ts";
import { finish } from "../page/outcome.ts";
import { accepted, REFUSED } from "../page/refusal.ts";
import type { CancelFactorResetMutation, FactorResetQuery } from "../page/schema.ts";
import { moment, say } from "../page/texts.ts";
import { ask } from "./ask.ts";
import { showEvents } from "./events.ts";

const FACTOR_RESET = /* GraphQL */ `
  query FactorReset {
    factorReset { effectiveAt }
  }
`;

const CANCEL_FACTOR_RESET = /* GraphQL */ `
  mutation CancelFactorReset {
    cancelFactorReset { ...Refused }
  }
  ${REFUSED}
`;

export async function showFactorReset(): Promise<void> {
  const { factorReset } = await ask<FactorResetQuery>(FACTOR_RESET);
  find("#reset-waits").hidden = !factorReset;
  if (factorReset) {
    find("#reset-when").textContent = say("reset.waits", { when: moment(factorReset.effectiveAt) });
  }
}

export async function cancelFactorReset(form: HTMLFormElement): Promise<void> {
  accepted((await ask<CancelFactorResetMutation>(CANCEL_FACTOR_RESET)).cancelFactorReset);
  find("#reset-when").textContent = "";
  finish(form, "done");
  await showEvents();
}
