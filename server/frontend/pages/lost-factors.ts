/** Lost whatever the second step asks for: a link that takes it off the account is mailed. */

import { begin } from "./page/begin.ts";
import { finish } from "./page/outcome.ts";
import type {
  RequestFactorResetMutation,
  RequestFactorResetMutationVariables,
} from "./page/schema.ts";
import { ask } from "./page/server.ts";

const REQUEST_FACTOR_RESET = /* GraphQL */ `
  mutation RequestFactorReset($email: String!) {
    requestFactorReset(email: $email) { ok }
  }
`;

begin({ requestFactorReset });

async function requestFactorReset(
  form: HTMLFormElement,
  { email }: RequestFactorResetMutationVariables,
) {
  await ask<RequestFactorResetMutation>(REQUEST_FACTOR_RESET, { email });
  finish(form, "sent", { email });
}
