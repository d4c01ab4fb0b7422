/** The end of the account: at once, or after a time in which a login keeps it. */

import { textFor } from "../page/outcome.ts";
import { accepted, REFUSED } from "../page/refusal.ts";
import type { DeleteAccountMutation, DeleteAccountMutationVariables } from "../page/schema.ts";
import { moment, say } from "../page/texts.ts";
import { askOnceProved } from "./ask.ts";
import { leave } from "./door.ts";

const DELETE_ACCOUNT = /* GraphQL */ `
  mutation DeleteAccount($password: String) {
    deleteAccount(password: $password) {
      ...Refused
      ... on AccountDeleted { deletesAt }
    }
  }
  ${REFUSED}
`;

export async function deleteAccount(form: HTMLFormElement, values: DeleteAccountMutationVariables) {
  // Behind a recent login nothing is typed: a slip of the finger is not to be the end of it.
  if (!values.password && !confirm(say("delete.sure"))) return;
  const answer = await askOnceProved<DeleteAccountMutation>(DELETE_ACCOUNT, values);
  const { deletesAt } = accepted(answer.deleteAccount);
  leave(deletesAt ? textFor(form, "later", { when: moment(deletesAt) }) : textFor(form, "done"));
}
