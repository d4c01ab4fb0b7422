/** The second step of a login, or of a new password: what else proves who somebody is. */

import { auth } from "./page/auth.ts";
import { begin } from "./page/begin.ts";
import { completeLogin } from "./page/completion.ts";
import { find } from "./page/find.ts";
import { outcomeOf, tell } from "./page/outcome.ts";
import { usable } from "./page/passkeys.ts";
import { accepted, REFUSED } from "./page/refusal.ts";
import type {
  CompletePasswordResetMutation,
  CompletePasswordResetMutationVariables,
} from "./page/schema.ts";
import { ask } from "./page/server.ts";
import { say } from "./page/texts.ts";
import { forgetWaiting, waiting } from "./page/waiting.ts";

type Proof = CompletePasswordResetMutationVariables["proof"];

const COMPLETE_PASSWORD_RESET = /* GraphQL */ `
  mutation CompletePasswordReset($proof: Proof!) {
    completePasswordReset(proof: $proof) { ...Refused }
  }
  ${REFUSED}
`;

/** It is not there where no browser is trusted. */
const trust = document.querySelector<HTMLInputElement>("#trust");
const asked = waiting("second-step");

begin({ proveTotp, proveRecoveryCode, provePasskey });
if (asked) show(asked.factors);
else tell(find(".outcome"), say("INVALID_TOKEN.completeLogin"), "error");

function show(factors: readonly string[]): void {
  const shown = usable(factors);
  for (const part of document.querySelectorAll<HTMLElement>("[data-factor]")) {
    part.hidden = !shown.includes(part.dataset["factor"] ?? "");
  }
  find("#trusting").hidden = asked?.what !== "login";
  document.querySelector<HTMLElement>("[data-factor]:not([hidden]) :is(input, button)")?.focus();
}

function proveTotp(form: HTMLFormElement, { totpCode }: { readonly totpCode: string }) {
  return prove(form, { totpCode });
}

function proveRecoveryCode(
  form: HTMLFormElement,
  { recoveryCode }: { readonly recoveryCode: string },
) {
  return prove(form, { recoveryCode });
}

async function provePasskey(form: HTMLFormElement) {
  await prove(form, await auth.passkeyProof({ options: asked?.passkeyOptions }));
}

async function prove(form: HTMLFormElement, proof: Proof): Promise<void> {
  if (asked?.what === "reset") return resetPassword(form, proof);
  return completeLogin({ proof, trustDevice: trust?.checked ?? false });
}

async function resetPassword(form: HTMLFormElement, proof: Proof): Promise<void> {
  const answer = await ask<CompletePasswordResetMutation>(COMPLETE_PASSWORD_RESET, { proof });
  accepted(answer.completePasswordReset);
  forgetWaiting();
  for (const part of document.querySelectorAll<HTMLElement>("[data-factor]")) part.hidden = true;
  tell(outcomeOf(form), say("done.resetPassword"), "done");
  outcomeOf(form).focus();
}
