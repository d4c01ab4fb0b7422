/** Another address. */

import { succeed } from "../page/outcome.ts";
import { accepted, REFUSED } from "../page/refusal.ts";
import type {
  RequestEmailChangeMutation,
  RequestEmailChangeMutationVariables,
} from "../page/schema.ts";
import { askOnceProved } from "./ask.ts";

const REQUEST_EMAIL_CHANGE = /* GraphQL */ `
  mutation RequestEmailChange($newEmail: String!, $password: String) {
    requestEmailChange(newEmail: $newEmail, password: $password) { ...Refused }
  }
  ${REFUSED}
`;

export async function requestEmailChange(
  form: HTMLFormElement,
  values: RequestEmailChangeMutationVariables,
) {
  const { requestEmailChange } = await askOnceProved<RequestEmailChangeMutation>(
    REQUEST_EMAIL_CHANGE,
    values,
  );
  accepted(requestEmailChange);
  form.reset();
  succeed(form, "sent", { email: values.newEmail });
}
