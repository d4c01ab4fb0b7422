/** Passkeys (Web Authentication level 3). Loaded when one is used, and not before. */

import { there } from "./ask.js";
import { create, get, requireSupport, waitFor } from "./ceremonies.js";
import type { Document } from "./operations.js";
import {
  BEGIN_LOGIN,
  BEGIN_REGISTRATION,
  FINISH_REGISTRATION,
  LOGIN_WITH_PASSKEY,
  REMOVE_FACTOR,
} from "./passkey-operations.js";
import type * as schema from "./schema.js";
import { accepted, signalAccepted, signalPasskeys, signalUnknown } from "./signals.js";

export { signalPasskeys };

/** What passkeys need of the client. */
export interface PasskeyClient {
  readonly transport: schema.RefreshTokenTransport;
  /** Ask what may end in new tokens. */
  enter<Data extends object>(document: Document<Data>, variables: object): Promise<Data>;
  /** Ask on behalf of whoever is logged in. */
  request<Data>(document: Document<Data>, variables?: object): Promise<Data>;
  /** Ask as somebody who is not logged in yet. */
  ask<Data>(document: Document<Data>, variables?: object): Promise<Data>;
  refresh(): Promise<unknown>;
}

export interface PasskeyLoginOptions {
  /**
   * Offer passkeys in what the browser fills in, at a field with `autocomplete="username webauthn"`, and
   * wait until one is chosen: as long as the page is there.
   */
  readonly autofill?: boolean;
  readonly signal?: AbortSignal;
}

export interface PasskeyProofOptions {
  /** What a second step is answered with as `passkeyOptions`; without it any passkey is asked for. */
  readonly options?: unknown;
  readonly signal?: AbortSignal;
}

export interface PasskeyRegistrationOptions {
  /** What the person calls it. */
  readonly name?: string | null;
  /** The answer of a login that wants a factor, if it is made in the middle of one. */
  readonly login?: schema.EnrollmentFragment;
  readonly signal?: AbortSignal;
}

export type PasskeyLoggedIn = schema.LoginWithPasskeyMutation["loginWithPasskey"];
export type PasskeyAdded = NonNullable<
  schema.FinishPasskeyRegistrationMutation["finishPasskeyRegistration"]
>;
export type FactorRemoval = NonNullable<schema.RemoveFactorMutation["removeFactor"]>;

export async function loginWithPasskey(
  client: PasskeyClient,
  { autofill = false, signal }: PasskeyLoginOptions,
): Promise<PasskeyLoggedIn> {
  requireSupport();
  const ask = () => optionsOf(client);
  const credential = await (autofill ? waitFor(ask, signal) : ask().then((o) => get(o, signal)));
  const variables = { credential, transport: client.transport };
  const { loginWithPasskey: answer } = await client.enter(LOGIN_WITH_PASSKEY, variables);
  if (answer.__typename === "PasskeyUnknown") await signalUnknown(answer);
  if (answer.__typename === "AuthPayload") await signalPasskeys(client);
  return answer;
}

export async function passkeyProof(
  client: PasskeyClient,
  { options, signal }: PasskeyProofOptions,
): Promise<schema.Proof> {
  requireSupport();
  return { passkey: await get(options ?? (await optionsOf(client)), signal) };
}

export async function registerPasskey(
  client: PasskeyClient,
  { name = null, login, signal }: PasskeyRegistrationOptions,
): Promise<PasskeyAdded> {
  requireSupport();
  const ticket = login?.ticket ?? null;
  // In the middle of a login, whoever may be logged in here is not the one who makes it.
  const ask = login ? client.ask : client.request;
  const { options } = there((await ask(BEGIN_REGISTRATION, { ticket })).beginPasskeyRegistration);
  const credential = await create(options, signal);
  const finished = await ask(FINISH_REGISTRATION, { credential, name, ticket });
  const answer = there(finished.finishPasskeyRegistration);
  if (answer.__typename === "FactorAdded" && !login) await settle(client);
  return answer;
}

export async function removeFactor(client: PasskeyClient, id: string): Promise<FactorRemoval> {
  // Once the last one is gone, nobody knows what the browser calls its owner.
  const before = await accepted(client);
  const answer = there((await client.request(REMOVE_FACTOR, { id })).removeFactor);
  if (before && answer.__typename === "FactorRemoved") {
    const left = await accepted(client);
    await signalAccepted(left ?? { ...before, allAcceptedCredentialIds: [] });
  }
  return answer;
}

/** Have the access token say what has been proved, and the browser know of the new one. */
async function settle(client: PasskeyClient): Promise<void> {
  await client.refresh().catch(() => undefined);
  await signalPasskeys(client);
}

async function optionsOf(client: PasskeyClient): Promise<unknown> {
  return (await client.ask(BEGIN_LOGIN)).beginPasskeyLogin.options;
}
