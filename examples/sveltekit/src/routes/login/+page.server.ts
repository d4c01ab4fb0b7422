import { fail, type RequestEvent, redirect } from "@sveltejs/kit";
import { act } from "#lib/server/authberry";
import type { Actions, PageServerLoad } from "./$types";

interface Answer {
  readonly __typename: string;
  readonly message?: string;
  readonly deadline?: string;
}

const ANSWER = `{
  __typename
  ... on Error { message }
  ... on FactorEnrollmentRequired { deadline }
}`;
const LOG_IN = `mutation ($email: String!, $password: String!) {
  answer: login(email: $email, password: $password, transport: SESSION) ${ANSWER}
}`;
const REGISTER = `mutation ($email: String!, $password: String!) {
  answer: register(email: $email, password: $password, transport: SESSION) ${ANSWER}
}`;
const COMPLETE = `mutation ($proof: Proof, $skip: Boolean! = false) {
  answer: completeLogin(proof: $proof, skip: $skip) ${ANSWER}
}`;

/** Whoever is logged in has no business here. */
export const load: PageServerLoad = ({ locals }) => {
  if (locals.viewer) redirect(303, "/");
};

export const actions: Actions = {
  login: (event) => begin(event, LOG_IN),
  register: (event) => begin(event, REGISTER),
  /** What is asked for behind the password; the login in between is known by a cookie. */
  async code(event) {
    const code = String((await event.request.formData()).get("code")).trim();
    const proof = /^\d{6}$/.test(code) ? { totpCode: code } : { recoveryCode: code };
    return follow(event, await sent(event, COMPLETE, { proof }), { step: "code" as const });
  },
};

async function begin(event: RequestEvent, mutation: string) {
  const form = await event.request.formData();
  const email = String(form.get("email"));
  const variables = { email, password: String(form.get("password")) };
  return follow(event, await sent(event, mutation, variables), { email });
}

async function follow(event: RequestEvent, answer: Answer, at: { email?: string; step?: "code" }) {
  switch (answer.__typename) {
    case "AuthPayload":
      return redirect(303, "/");
    case "SecondFactorRequired":
      return { step: "code" as const };
    case "FactorEnrollmentRequired":
      if (answer.deadline) return follow(event, await sent(event, COMPLETE, { skip: true }), at);
      return fail(403, {
        ...at,
        error: "This account needs a second factor, and this page can set up none.",
      });
    case "EmailSent":
      return { ...at, done: "Open the link in the mail that we have sent, then log in." };
    case "InvalidToken": // the login took too long
      return fail(401, { error: answer.message });
    default:
      return fail(400, { ...at, error: answer.message });
  }
}

async function sent(event: RequestEvent, mutation: string, variables: object): Promise<Answer> {
  return (await act<{ answer: Answer }>(event, mutation, variables)).answer;
}
