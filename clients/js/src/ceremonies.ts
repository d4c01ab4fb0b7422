/** The browser is asked for a passkey, or to make one: one thing at a time, since it does no two. */

import { AuthError, type Code } from "./errors.js";

interface Ceremony {
  readonly controller: AbortController;
  readonly ended: Promise<unknown>;
}

/** The part of its life that a challenge is offered for; then there is time left to answer it. */
const OFFERED = 0.8;
const FIVE_MINUTES = 300_000; // milliseconds
const CODES: Readonly<Record<string, Code>> = {
  AbortError: "PASSKEY_NOT_GIVEN",
  NotAllowedError: "PASSKEY_NOT_GIVEN",
  TimeoutError: "PASSKEY_NOT_GIVEN",
  InvalidStateError: "PASSKEY_EXISTS",
};
const MESSAGES: Readonly<Record<string, string>> = {
  PASSKEY_NOT_GIVEN: "No passkey was given.",
  PASSKEY_EXISTS: "There is a passkey for this account already, on this device or in this manager.",
  PASSKEY_UNSUPPORTED: "Passkeys cannot be used here, or not in this browser.",
};

let last: Ceremony | null = null;

/** @throws AuthError this browser has no passkeys, or is older than their JSON. */
export function requireSupport(): void {
  if (!globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) {
    throw refusal("PASSKEY_UNSUPPORTED");
  }
}

/** Have a passkey made; returns what the server is told. */
export function create(options: unknown, signal?: AbortSignal): Promise<unknown> {
  const { rp } = options as { rp?: { id?: string } };
  return alone(rp?.id, signal, (aborted) => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as never);
    return navigator.credentials.create({ publicKey, signal: aborted });
  });
}

/** Have a passkey shown; returns what the server is told. */
export function get(
  options: unknown,
  signal?: AbortSignal,
  more: CredentialRequestOptions = {},
): Promise<unknown> {
  const { rpId } = options as { rpId?: string };
  return alone(rpId, signal, (aborted) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as never);
    return navigator.credentials.get({ ...more, publicKey, signal: aborted });
  });
}

/** Offer passkeys in what the browser fills in, with a new challenge before one is too old. */
export async function waitFor(ask: () => Promise<unknown>, signal?: AbortSignal): Promise<unknown> {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) {
    throw refusal("PASSKEY_UNSUPPORTED");
  }
  for (;;) {
    const options = await ask();
    const { timeout = FIVE_MINUTES } = options as { timeout?: number };
    const old = AbortSignal.timeout(timeout * OFFERED);
    const ended = signal ? AbortSignal.any([old, signal]) : old;
    try {
      return await get(options, ended, { mediation: "conditional" });
    } catch (error) {
      if (!old.aborted || signal?.aborted) throw error;
    }
  }
}

/** Do it once what was asked before has ended: what waits makes way. */
async function alone(
  domain: string | undefined,
  signal: AbortSignal | undefined,
  ask: (aborted: AbortSignal) => Promise<Credential | null>,
): Promise<unknown> {
  const before = last;
  const controller = new AbortController();
  const aborted = signal ? AbortSignal.any([controller.signal, signal]) : controller.signal;
  before?.controller.abort();
  const asking = (before?.ended ?? Promise.resolve()).then(() => ask(aborted));
  last = { controller, ended: asking.catch(() => undefined) };
  try {
    return ((await asking) as PublicKeyCredential).toJSON();
  } catch (cause) {
    const { name } = cause as Error;
    const message = name === "SecurityError" ? elsewhere(domain) : undefined;
    throw refusal(CODES[name] ?? "PASSKEY_UNSUPPORTED", cause, message);
  }
}

/** A page of another host, or at an IP address: browsers take passkeys for names only. */
function elsewhere(domain = "another domain"): string {
  return `Passkeys are for pages of ${domain} here, and this page is at ${location.hostname}.`;
}

function refusal(code: Code, cause?: unknown, message = MESSAGES[code] ?? ""): AuthError {
  return new AuthError(code, message, null, { cause });
}
