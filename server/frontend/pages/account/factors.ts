/** What the second step of a login can be done with: apps, passkeys, recovery codes. */

import { auth } from "../page/auth.ts";
import { find } from "../page/find.ts";
import { outcomeOf, succeed, tell, textFor } from "../page/outcome.ts";
import { hasPasskeys } from "../page/passkeys.ts";
import { accepted, REFUSED } from "../page/refusal.ts";
import type {
  FactorsQuery,
  RegenerateRecoveryCodesMutation,
  RenameFactorMutation,
  RenameFactorMutationVariables,
} from "../page/schema.ts";
import { settingUp, showCodes } from "../page/set-up.ts";
import { moment, say } from "../page/texts.ts";
import { ask, askOnceProved, onceProved } from "./ask.ts";
import { showDevices } from "./devices.ts";
import { showEvents } from "./events.ts";
import { list } from "./list.ts";
import { showSessions } from "./sessions.ts";

const FACTORS = /* GraphQL */ `
  query Factors {
    factors { id kind name createdAt lastUsedAt ... on Passkey { provider } }
    recoveryCodesLeft
  }
`;

const RENAME_FACTOR = /* GraphQL */ `
  mutation RenameFactor($id: ID!, $name: String!) {
    renameFactor(id: $id, name: $name) { ...Refused }
  }
  ${REFUSED}
`;

const REGENERATE_RECOVERY_CODES = /* GraphQL */ `
  mutation RegenerateRecoveryCodes {
    regenerateRecoveryCodes { codes }
  }
`;

type Factor = NonNullable<FactorsQuery["factors"]>[number];

export const { beginTotpEnrollment, confirmTotpEnrollment, addPasskey, keepCodes } = settingUp({
  ask: askOnceProved,
  registerPasskey: () => onceProved(() => auth.registerPasskey()),
  async added() {
    // The access token is to say what was just proved.
    await auth.refresh();
    await showAll();
  },
});

export async function showFactors(): Promise<void> {
  const { factors, recoveryCodesLeft } = await ask<FactorsQuery>(FACTORS);
  list("factors", accepted(factors).map(rowOf));
  find("#no-factors").hidden = accepted(factors).length > 0;
  find("#codes-left").hidden = recoveryCodesLeft === null;
  find("#codes-left p").textContent = say("codes.left", { count: recoveryCodesLeft ?? 0 });
  find("#add-passkey").hidden = !hasPasskeys();
}

function rowOf({ id, kind, name, createdAt, lastUsedAt, ...more }: Factor) {
  const provider = "provider" in more ? more.provider : null;
  return {
    values: { id, name },
    actions: {
      renameFactor: say("rename", { name }),
      removeFactor: say("remove", { name }),
    },
    slots: {
      name,
      kind: [say(`factor.${kind}`), provider].filter(Boolean).join(", "),
      used: lastUsedAt
        ? say("factor.used", { when: moment(lastUsedAt) })
        : say("factor.made", { when: moment(createdAt) }),
    },
  };
}

export async function renameFactor(form: HTMLFormElement, values: RenameFactorMutationVariables) {
  accepted((await ask<RenameFactorMutation>(RENAME_FACTOR, values)).renameFactor);
  succeed(form, "done");
  await showFactors();
}

export async function removeFactor(form: HTMLFormElement, { id }: { readonly id: string }) {
  accepted(await onceProved(() => auth.removeFactor(id)));
  succeed(form, "done");
  await showAll();
}

export async function regenerateRecoveryCodes(form: HTMLFormElement) {
  const answer = await askOnceProved<RegenerateRecoveryCodesMutation>(REGENERATE_RECOVERY_CODES);
  const { codes } = accepted(answer.regenerateRecoveryCodes);
  tell(outcomeOf(form), textFor(form, "done"), "done");
  showCodes(codes);
}

async function showAll(): Promise<void> {
  await Promise.all([showFactors(), showDevices(), showSessions(), showEvents()]);
}
