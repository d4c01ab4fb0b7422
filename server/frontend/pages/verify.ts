/** Where the link leads that proves an address. */

import { begin } from "./page/begin.ts";
import { finish } from "./page/outcome.ts";
import { accepted, REFUSED } from "./page/refusal.ts";
import type { VerifyEmailMutation, VerifyEmailMutationVariables } from "./page/schema.ts";
import { ask } from "./page/server.ts";

const VERIFY_EMAIL = /* GraphQL */ `
  mutation VerifyEmail($token: String!) {
    verifyEmail(token: $token) {
      ...Refused
      ... on EmailVerified { user { email } }
    }
  }
  ${REFUSED}
`;

begin({ verifyEmail });

async function verifyEmail(form: HTMLFormElement, values: VerifyEmailMutationVariables) {
  const { verifyEmail } = await ask<VerifyEmailMutation>(VERIFY_EMAIL, values);
  const { user } = accepted(verifyEmail);
  finish(form, "done", { email: user.email });
}
