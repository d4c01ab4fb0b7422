/** Where the link leads that was mailed to a new address: it becomes the account's. */

import { begin } from "./page/begin.ts";
import { finish } from "./page/outcome.ts";
import { accepted, REFUSED } from "./page/refusal.ts";
import type {
  ConfirmEmailChangeMutation,
  ConfirmEmailChangeMutationVariables,
} from "./page/schema.ts";
import { ask } from "./page/server.ts";

const CONFIRM_EMAIL_CHANGE = /* GraphQL */ `
  mutation ConfirmEmailChange($token: String!) {
    confirmEmailChange(token: $token) {
      ...Refused
      ... on EmailVerified { user { email } }
    }
  }
  ${REFUSED}
`;

begin({ confirmEmailChange });

async function confirmEmailChange(
  form: HTMLFormElement,
  values: ConfirmEmailChangeMutationVariables,
) {
  const { confirmEmailChange } = await ask<ConfirmEmailChangeMutation>(
    CONFIRM_EMAIL_CHANGE,
    values,
  );
  const { user } = accepted(confirmEmailChange);
  finish(form, "done", { email: user.email });
}
