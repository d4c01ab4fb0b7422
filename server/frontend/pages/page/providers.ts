/** Logging in at a provider: this page leaves for it, and comes back as `external`. */

import type { ExternalLoginCompleted, ExternalLoginOptions } from "client/external-logins.ts";
import { pageUrl } from "./address.ts";
import { auth } from "./auth.ts";
import { enter } from "./entering.ts";
import { finish } from "./outcome.ts";
import { accepted, Refusal } from "./refusal.ts";
import { say } from "./texts.ts";
import { forgetWaiting, waitAt } from "./waiting.ts";

/** Until the page has left, its button stays as it is. */
export const LEAVING = new Promise<never>(() => {});

/** The page of an account, as the service calls itself; providers know that address only. */
const HOME = document.body.dataset["home"] ?? location.href;

const NAMES = new Map(
  Object.entries(JSON.parse(document.body.dataset["providers"] ?? "{}") as Record<string, string>),
);

/** What people know a provider by; of one that is configured no more, what it was called here. */
export const providerName = (id: string): string => NAMES.get(id) ?? id;

export async function loginWith(
  _: HTMLFormElement,
  { provider }: { readonly provider: string },
): Promise<void> {
  await leaveFor(provider, { returnTo: pageUrl("external") });
  await LEAVING;
}

/** Leave for a provider, which leads back to the service's own address and to the cookies there. */
export async function leaveFor(provider: string, options: ExternalLoginOptions): Promise<void> {
  if (new URL(HOME).origin !== location.origin) {
    throw new Refusal({ code: "ELSEWHERE", message: say("elsewhere", { url: HOME }) });
  }
  accepted(await auth.loginWith(provider, options));
}

/** Go on with what a login at a provider has come to. */
export function follow(form: HTMLFormElement, completed: ExternalLoginCompleted): void {
  const answer = accepted(completed);
  forgetWaiting();
  if (answer.__typename === "AccountLinkRequired") {
    const { expiresAt, provider, email } = answer;
    waitAt("prove-account", { what: "login", expiresAt, factors: [], provider, email });
  } else if (answer.__typename === "EmailSent") finish(form, "sent");
  else enter(answer);
}
