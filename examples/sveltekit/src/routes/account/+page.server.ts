import { fail, type RequestEvent, redirect } from "@sveltejs/kit";
import { act, ask } from "#lib/server/authberry";
import type { Actions, PageServerLoad } from "./$types";

interface Session {
  readonly id: string;
  readonly current: boolean;
  readonly userAgent: string | null;
  readonly lastUsedAt: string;
}

const SESSIONS = "{ sessions { id current userAgent lastUsedAt } }";
const RENAME = `mutation ($name: String) {
  answer: updateProfile(name: $name) { ... on Error { message } }
}`;
const END = `mutation ($id: ID!) {
  answer: revokeSession(id: $id) { ... on Error { message } }
}`;
const CHANGE_PASSWORD = `mutation ($new: String!, $current: String!) {
  answer: changePassword(newPassword: $new, currentPassword: $current) { ... on Error { message } }
}`;

export const load: PageServerLoad = (event) =>
  ask<{ sessions: readonly Session[] }>(event, SESSIONS);

export const actions: Actions = {
  rename: (event) => change(event, RENAME),
  end: (event) => change(event, END),
  /** Ends every other session, and gives this one another cookie. */
  password: (event) => change(event, CHANGE_PASSWORD),
};

/** Sends what the form holds, and leads back to a page that is loaded anew. */
async function change(event: RequestEvent, mutation: string) {
  const variables = Object.fromEntries(await event.request.formData());
  type Answer = { answer: { message?: string } | null };
  const { answer } = await act<Answer>(event, mutation, variables);
  if (answer?.message) return fail(400, { error: answer.message });
  redirect(303, "/account");
}
