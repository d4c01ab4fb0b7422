"use server";

import { redirect } from "next/navigation";
import { act } from "@/lib/authberry";
import type { Said } from "../form";

export interface LoginState extends Said {
  readonly step: "password" | "code";
  readonly email?: string;
}

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

/** Takes the password, or what is asked for behind it; the login in between is known by a cookie. */
export async function logIn(before: LoginState, form: FormData): Promise<LoginState> {
  if (before.step === "code") return follow(before, await sent(COMPLETE, { proof: proof(form) }));
  const email = String(form.get("email"));
  const variables = { email, password: String(form.get("password")) };
  const answer = await sent(form.has("is-new") ? REGISTER : LOG_IN, variables);
  return follow({ step: "password", email }, answer);
}

async function follow(at: LoginState, answer: Answer): Promise<LoginState> {
  switch (answer.__typename) {
    case "AuthPayload":
      return redirect("/");
    case "SecondFactorRequired":
      return { step: "code" };
    case "FactorEnrollmentRequired":
      if (answer.deadline) return follow(at, await sent(COMPLETE, { skip: true }));
      return { ...at, error: "This account needs a second factor, and this page can set up none." };
    case "EmailSent":
      return { ...at, done: "Open the link in the mail that we have sent, then log in." };
    case "InvalidToken": // the login took too long
      return { step: "password", error: answer.message };
    default:
      return { ...at, error: answer.message };
  }
}

async function sent(mutation: string, variables: object): Promise<Answer> {
  return (await act<{ answer: Answer }>(mutation, variables)).answer;
}

function proof(form: FormData) {
  const code = String(form.get("code")).trim();
  return /^\d{6}$/.test(code) ? { totpCode: code } : { recoveryCode: code };
}
