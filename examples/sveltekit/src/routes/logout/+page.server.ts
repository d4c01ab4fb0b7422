import { redirect } from "@sveltejs/kit";
import { act } from "#lib/server/authberry";
import type { Actions, PageServerLoad } from "./$types";

/** There is nothing to see: only the form of the header leads here. */
export const load: PageServerLoad = () => redirect(303, "/");

export const actions: Actions = {
  /** Ends the session and deletes its cookie. */
  async default(event) {
    await act(event, "mutation { logout { __typename } }");
    redirect(303, "/login");
  },
};
