/** Where the link leads that was mailed for a forgotten password: a new one is set. */

import { begin } from "./page/begin.ts";
import { finish } from "./page/outcome.ts";
import { accepted, REFUSED } from "./page/refusal.ts";
import type { ResetPasswordMutation, ResetPasswordMutationVariables } from "./page/schema.ts";
import { ask } from "./page/server.ts";
import { waitAt } from "./page/waiting.ts";

const RESET_PASSWORD = /* GraphQL */ `
  mutation ResetPassword($token: String!, $newPassword: String!) {
    resetPassword(token: $token, newPassword: $newPassword) {
      __typename
      ...Refused
      ... on SecondFactorRequired { expiresAt factors passkeyOptions }
    }
  }
  ${REFUSED}
`;

begin({ resetPassword });

async function resetPassword(form: HTMLFormElement, values: ResetPasswordMutationVariables) {
  const { resetPassword } = await ask<ResetPasswordMutation>(RESET_PASSWORD, values);
  const answer = accepted(resetPassword);
  if (answer.__typename === "SecondFactorRequired")
    waitAt("second-step", { what: "reset", ...answer });
  else finish(form, "done");
}
