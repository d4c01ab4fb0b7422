/** Asking on behalf of the person whose account is shown, and of nobody else. */

import { AuthError } from "client/errors.ts";
import type { State } from "client/state.ts";
import { auth } from "../page/auth.ts";
import { leaveBecauseOver } from "./door.ts";
import { proveAgain } from "./step-up.ts";

const NEVER = new Promise<never>(() => {});

let person: string | undefined;

auth.onChange((state) => {
  person ??= state.user?.id;
  // Somebody else has logged in by another tab: what is shown here is not theirs.
  if (isSomebodyElse(state)) location.reload();
});

/** Ask for something, or do something; there is no answer if this is no longer their page. */
export async function whileTheirs<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  if (isSomebodyElse(auth.state)) return NEVER;
  try {
    return await work();
  } catch (error) {
    if (isSomebodyElse(auth.state)) return NEVER;
    if (auth.state.status !== "loggedOut") throw error;
    leaveBecauseOver();
    return NEVER;
  }
}

/** Ask the server. */
export const ask = <Data>(query: string, variables: object = {}): Promise<Data> =>
  whileTheirs(() => auth.request<Data>(query, variables));

/** Ask for what wants a recent login: if this one is not, the person proves once more who they are. */
export const askOnceProved = <Data>(query: string, variables: object = {}): Promise<Data> =>
  onceProved(() => auth.request<Data>(query, variables));

/** Do what wants a recent login, in the same way. */
export function onceProved<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  return whileTheirs(async () => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AuthError && error.stepUp)) throw error;
      await proveAgain();
      return work();
    }
  });
}

function isSomebodyElse({ user }: State): boolean {
  return user !== null && user.id !== person;
}
