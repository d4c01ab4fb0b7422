/** Proving once more who somebody is, in a dialog, before what is not undone. */

import type { Auth } from "client/auth.ts";
import { BACK, pageUrl } from "../page/address.ts";
import { auth } from "../page/auth.ts";
import { find } from "../page/find.ts";
import { outcomeOf, tell } from "../page/outcome.ts";
import { usable } from "../page/passkeys.ts";
import { LEAVING, leaveFor } from "../page/providers.ts";
import { accepted, Refusal } from "../page/refusal.ts";
import type { ProofChoicesQuery } from "../page/schema.ts";

type Proof = Parameters<Auth["reauthenticate"]>[0];

const PROOF_CHOICES = /* GraphQL */ `
  query ProofChoices {
    factors { kind }
    recoveryCodesLeft
    identities { provider }
  }
`;

const dialog = find<HTMLDialogElement>("#step-up");

let proved = () => {};

/** Ask for a proof; throws if there is none in the end. A second factor, if the server wants one. */
export async function proveAgain(): Promise<void> {
  const { factors, recoveryCodesLeft, identities } =
    await auth.request<ProofChoicesQuery>(PROOF_CHOICES);
  const held = (factors ?? []).map(({ kind }) => kind);
  const kinds = [...usable(held), ...(held.length && recoveryCodesLeft ? ["RECOVERY_CODE"] : [])];
  for (const part of dialog.querySelectorAll<HTMLElement>("[data-factor]")) {
    const kind = part.dataset["factor"] ?? "";
    part.hidden = kind === "PASSWORD" ? held.length > 0 : !kinds.includes(kind);
  }
  for (const form of dialog.querySelectorAll<HTMLElement>("[data-provider]")) {
    form.hidden = !identities?.some(({ provider }) => provider === form.dataset["provider"]);
  }
  for (const form of dialog.querySelectorAll("form")) form.reset();
  tell(find(".outcome", dialog), "");
  dialog.showModal();
  await new Promise<void>((done, failed) => {
    proved = done;
    dialog.onclose = () => failed(new Refusal({ code: "STEP_UP_REQUIRED", message: "" }));
  });
}

export const provePassword = (form: HTMLFormElement, { password }: { readonly password: string }) =>
  prove(form, { password });

export const proveTotp = (form: HTMLFormElement, { totpCode }: { readonly totpCode: string }) =>
  prove(form, { totpCode });

export const proveRecoveryCode = (
  form: HTMLFormElement,
  { recoveryCode }: { readonly recoveryCode: string },
) => prove(form, { recoveryCode });

export async function provePasskey(form: HTMLFormElement): Promise<void> {
  await prove(form, await auth.passkeyProof());
}

/** Prove it at a provider: the page leaves, and what was asked for is to be asked for once more. */
export async function proveAtProvider(
  _: HTMLFormElement,
  { provider }: { readonly provider: string },
): Promise<void> {
  const options = { intent: "REAUTHENTICATE", returnTo: pageUrl("", BACK) } as const;
  await leaveFor(provider, options);
  await LEAVING;
}

/** Close the dialog, with nothing proved. */
export async function proveNothing(): Promise<void> {
  dialog.close();
}

async function prove(form: HTMLFormElement, proof: Proof): Promise<void> {
  accepted(await auth.reauthenticate(proof));
  tell(outcomeOf(form), "");
  proved();
  dialog.close();
}
