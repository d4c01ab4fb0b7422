/** Where the link leads that was mailed for a forgotten password: a new one is set. */

import { begin } from "./page/begin.ts";
import { finish } from "./page/outcome.ts";
import { accepted, REFUSED } from "./page/refusal.ts";
import type { ResetPasswordMutation, ResetPasswordMutationVariables } from "./page/schema.ts";
import { ask } from "./page/server.ts";

const RESET_PASSWORD = /* GraphQL */ `
  mutation ResetPassword($token: String!, $newPassword: String!) {
    resetPassword(token: $token, newPassword: $newPassword) { ...Refused }
  }
  ${REFUSED}
`;

begin({ resetPassword });

async function resetPassword(form: HTMLFormElement, values: ResetPasswordMutationVariables) {
  accepted((await ask<ResetPasswordMutation>(RESET_PASSWORD, values)).resetPassword);
  finish(form, "done");
}
