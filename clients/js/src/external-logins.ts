/** Logging in at providers. Loaded when somebody does, and not before. */

import { ask, type Line } from "./ask.js";
import { type BegunLogin, forget, keep, kept } from "./begun-login.js";
import { AuthError } from "./errors.js";
import {
  BEGIN_EXTERNAL_LOGIN,
  COMPLETE_EXTERNAL_LOGIN,
  CONFIRM_ACCOUNT_LINK,
} from "./external-login-operations.js";
import type { HeldLogin } from "./held-login.js";
import { isWaitedFor, sayBack, untilBack } from "./popup-messages.js";
import type * as schema from "./schema.js";

/** What logins at providers need of the client. */
export interface ExternalLoginClient {
  readonly transport: schema.RefreshTokenTransport;
  readonly line: Line;
  /** The same, on behalf of whoever is logged in. */
  readonly signedLine: Line;
  readonly login: Pick<HeldLogin, "enter" | "enterAgain">;
}

export interface ExternalLoginOptions {
  /** In a window of its own: the page stays, and has the answer. By default the page itself leaves. */
  readonly popup?: boolean;
  /** The page to come back to, by default this one: of this origin, and one that may use the service. */
  readonly returnTo?: string;
  /** To log in, unless somebody who is logged in links it, or proves with it once more who they are. */
  readonly intent?: schema.ExternalLoginIntent;
}

export interface ExternalCompletionOptions {
  /**
   * Complete what this browser has begun, in whichever tab: with null by its cookie, with `BODY` by the
   * ticket. Without it, what this tab has begun, and nothing if it has not.
   */
  readonly ticket?: string | null;
}

type Variables = schema.BeginExternalLoginMutationVariables;
type Beginning = schema.BeginExternalLoginMutation;
export type ExternalLoginBegun = schema.BeginExternalLoginMutation["beginExternalLogin"];
export type ExternalLoginCompleted = schema.ExternalAnswerFragment;

export async function loginWith(
  client: ExternalLoginClient,
  provider: string,
  { returnTo, intent = "LOGIN" }: ExternalLoginOptions,
  popup: Window | null,
): Promise<ExternalLoginBegun | ExternalLoginCompleted> {
  const page = new URL(returnTo ?? "", location.href).href;
  const variables = { provider, returnTo: page, intent, transport: client.transport };
  const { beginExternalLogin: begun } = await begin(client, variables);
  if (begun.__typename !== "ExternalLoginBegun") return begun;
  const { authorizationUrl, ticket } = begun;
  if (popup) {
    await seeOff(popup, authorizationUrl, intent);
    return complete(client, { intent, ticket });
  }
  keep(sessionStorage, { intent, ticket, popup: null });
  location.assign(authorizationUrl);
  return begun;
}

export async function completeExternalLogin(
  client: ExternalLoginClient,
  { ticket }: ExternalCompletionOptions,
): Promise<ExternalLoginCompleted | null> {
  const begun = kept();
  if (begun?.popup && (await isWaitedFor(begun.popup))) {
    forget();
    sayBack(begun.popup);
    close();
    return null;
  }
  const intent = begun?.intent ?? "LOGIN";
  const answer = await complete(client, { intent, ticket: ticket ?? begun?.ticket ?? null });
  forget();
  return answer;
}

export async function confirmAccountLink(
  client: ExternalLoginClient,
  variables: schema.ConfirmAccountLinkMutationVariables,
): Promise<ExternalLoginCompleted> {
  return (await client.login.enter(CONFIRM_ACCOUNT_LINK, variables)).confirmAccountLink;
}

/** Cookies go along wherever the tokens are, since the browser is known by one. */
function begin(client: ExternalLoginClient, variables: Variables): Promise<Beginning> {
  const line = variables.intent === "LOGIN" ? client.line : client.signedLine;
  const query = BEGIN_EXTERNAL_LOGIN;
  return ask<Beginning>({ ...line, credentials: "include" }, { query, variables });
}

/** Send a window to a provider, and wait until it is back. */
async function seeOff(
  popup: Window,
  url: string,
  intent: schema.ExternalLoginIntent,
): Promise<void> {
  const id = crypto.getRandomValues(new Uint32Array(4)).join("-");
  try {
    keep(popup.sessionStorage, { intent, ticket: null, popup: id });
  } catch (cause) {
    throw new AuthError("POPUP_CLOSED", "The window was closed.", null, { cause });
  }
  const back = untilBack(popup, id);
  popup.location.replace(url);
  await back;
}

async function complete(
  { login }: ExternalLoginClient,
  { intent, ticket }: Omit<BegunLogin, "popup">,
): Promise<ExternalLoginCompleted> {
  const answer = await (intent === "LOGIN"
    ? login.enter(COMPLETE_EXTERNAL_LOGIN, { ticket })
    : login.enterAgain(COMPLETE_EXTERNAL_LOGIN, { ticket }));
  return answer.completeExternalLogin;
}
