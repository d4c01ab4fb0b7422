/** A browser that listens is told which passkeys are good, so that it offers no others (WebAuthn, 5.1.10). */

import { ACCEPTED_PASSKEYS } from "./passkey-operations.js";
import type { PasskeyClient } from "./passkeys.js";
import type * as schema from "./schema.js";

type Accepted = NonNullable<schema.AcceptedPasskeysQuery["acceptedPasskeys"]>;
type Unknown = { readonly rpId: string; readonly credentialId: string };

/** What the browser may have, since not every one does. */
interface Signals {
  signalAllAcceptedCredentials?(accepted: Accepted): Promise<void>;
  signalUnknownCredential?(unknown: Unknown): Promise<void>;
}

/** Tell the browser all passkeys of whoever is logged in. */
export async function signalPasskeys(client: PasskeyClient): Promise<void> {
  const those = await accepted(client);
  if (those) await signalAccepted(those);
}

/** All passkeys of whoever is logged in, for a browser that wants to know; null without one. */
export async function accepted(client: PasskeyClient): Promise<Accepted | null> {
  if (!signals()?.signalAllAcceptedCredentials) return null;
  return quietly(async () => (await client.request(ACCEPTED_PASSKEYS)).acceptedPasskeys);
}

export async function signalAccepted(those: Accepted): Promise<void> {
  await quietly(() => signals()?.signalAllAcceptedCredentials?.(those));
}

export async function signalUnknown({ rpId, credentialId }: Unknown): Promise<void> {
  await quietly(() => signals()?.signalUnknownCredential?.({ rpId, credentialId }));
}

function signals(): Signals | undefined {
  return globalThis.PublicKeyCredential as Signals | undefined;
}

/** It is a courtesy: what was done stays done where it fails. */
async function quietly<T>(tell: () => Promise<T> | undefined): Promise<T | null> {
  try {
    return (await tell()) ?? null;
  } catch {
    return null;
  }
}
