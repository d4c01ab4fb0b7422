import { ask, type Line, there } from "./ask.js";
import { AuthError } from "./errors.js";
import { WHO } from "./operations.js";
import type * as schema from "./schema.js";
import { loggedIn, loggedOut, type State } from "./state.js";

/**
 * Ask the server whom a request's cookie stands for.
 *
 * @throws AuthError it cannot say now.
 */
export async function askWho(line: Line): Promise<Exclude<State, { status: "unknown" }>> {
  try {
    const { me, session } = await ask<schema.WhoQuery>(line, { query: WHO, variables: {} });
    return loggedIn({ user: there(me), session: there(session) });
  } catch (error) {
    if (!(error instanceof AuthError) || error.code !== "UNAUTHENTICATED") throw error;
    return loggedOut(error.reason);
  }
}
