/** Somebody comes from a provider whose address has an account here: they prove that it is theirs. */

import type { Proof } from "client/schema.ts";
import { auth } from "./page/auth.ts";
import { begin } from "./page/begin.ts";
import { find } from "./page/find.ts";
import { tell } from "./page/outcome.ts";
import { hasPasskeys } from "./page/passkeys.ts";
import { follow, providerName } from "./page/providers.ts";
import { say } from "./page/texts.ts";
import { waiting } from "./page/waiting.ts";

const asked = waiting("prove-account");

begin({ confirmByPassword, confirmByPasskey });
if (asked) show(asked);
else tell(find(".outcome"), say("INVALID_TOKEN.completeLogin"), "error");

function show({ provider = "", email = "" }: NonNullable<typeof asked>): void {
  find("#whose").textContent = say("whose", { provider: providerName(provider), email });
  find<HTMLInputElement>("[autocomplete=username]").value = email;
  find("#proofs").hidden = false;
  find("#passkey").hidden = !hasPasskeys();
  find("[name=password]").focus();
}

function confirmByPassword(form: HTMLFormElement, { password }: { readonly password: string }) {
  return confirm(form, { password });
}

async function confirmByPasskey(form: HTMLFormElement): Promise<void> {
  await confirm(form, await auth.passkeyProof());
}

async function confirm(form: HTMLFormElement, proof: Proof): Promise<void> {
  follow(form, await auth.confirmAccountLink({ proof }));
}
