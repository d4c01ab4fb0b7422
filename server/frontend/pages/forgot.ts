/** Forgotten the password: a link to set a new one is mailed. */

import { begin } from "./page/begin.ts";
import { finish } from "./page/outcome.ts";
import type {
  RequestPasswordResetMutation,
  RequestPasswordResetMutationVariables,
} from "./page/schema.ts";
import { ask } from "./page/server.ts";

const REQUEST_PASSWORD_RESET = /* GraphQL */ `
  mutation RequestPasswordReset($email: String!) {
    requestPasswordReset(email: $email) { ok }
  }
`;

begin({ requestPasswordReset });

async function requestPasswordReset(
  form: HTMLFormElement,
  { email }: RequestPasswordResetMutationVariables,
) {
  await ask<RequestPasswordResetMutation>(REQUEST_PASSWORD_RESET, { email });
  finish(form, "sent", { email });
}
