/** Where the link leads that was mailed to the old address: the account gets it back. */

import { begin } from "./page/begin.ts";
import { finish } from "./page/outcome.ts";
import { accepted, REFUSED } from "./page/refusal.ts";
import type { UndoEmailChangeMutation, UndoEmailChangeMutationVariables } from "./page/schema.ts";
import { ask } from "./page/server.ts";

const UNDO_EMAIL_CHANGE = /* GraphQL */ `
  mutation UndoEmailChange($token: String!) {
    undoEmailChange(token: $token) {
      ...Refused
      ... on EmailVerified { user { email } }
    }
  }
  ${REFUSED}
`;

begin({ undoEmailChange });

async function undoEmailChange(form: HTMLFormElement, values: UndoEmailChangeMutationVariables) {
  const { undoEmailChange } = await ask<UndoEmailChangeMutation>(UNDO_EMAIL_CHANGE, values);
  const { user } = accepted(undoEmailChange);
  finish(form, "done", { email: user.email });
}
