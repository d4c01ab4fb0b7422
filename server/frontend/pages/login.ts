/** Logging in: with a password, with a passkey, at a provider, or by a link that is mailed. */

import type { Auth } from "client/auth.ts";
import { auth } from "./page/auth.ts";
import { begin } from "./page/begin.ts";
import { enter } from "./page/entering.ts";
import { finish } from "./page/outcome.ts";
import { loginWithPasskey, offerPasskeys } from "./page/passkey-login.ts";
import { loginWith } from "./page/providers.ts";
import { accepted } from "./page/refusal.ts";
import type { RequestLoginLinkMutation, RequestLoginLinkMutationVariables } from "./page/schema.ts";
import { ask } from "./page/server.ts";

const REQUEST_LOGIN_LINK = /* GraphQL */ `
  mutation RequestLoginLink($email: String!) {
    requestLoginLink(email: $email) { ok }
  }
`;

begin({ login, loginWithPasskey, loginWith, requestLoginLink });
offerPasskeys();

async function login(_: HTMLFormElement, person: Parameters<Auth["login"]>[0]) {
  enter(accepted(await auth.login(person)));
}

async function requestLoginLink(
  form: HTMLFormElement,
  { email }: RequestLoginLinkMutationVariables,
) {
  await ask<RequestLoginLinkMutation>(REQUEST_LOGIN_LINK, { email });
  finish(form, "sent", { email });
}
