/** The mail that proves an address, once more: a form of any page that asks for a proved one. */

import { finish } from "./outcome.ts";
import type {
  RequestEmailVerificationMutation,
  RequestEmailVerificationMutationVariables,
} from "./schema.ts";
import { ask } from "./server.ts";

const REQUEST_EMAIL_VERIFICATION = /* GraphQL */ `
  mutation RequestEmailVerification($email: String!) {
    requestEmailVerification(email: $email) { ok }
  }
`;

export async function requestEmailVerification(
  form: HTMLFormElement,
  { email }: RequestEmailVerificationMutationVariables,
): Promise<void> {
  await ask<RequestEmailVerificationMutation>(REQUEST_EMAIL_VERIFICATION, { email });
  finish(form, "sent", { email });
}
