"use server";

import { refresh } from "next/cache";
import { act } from "@/lib/authberry";
import type { Said } from "../form";

interface Answer {
  readonly answer: { readonly message?: string } | null;
}

const RENAME = `mutation ($name: String) {
  answer: updateProfile(name: $name) { ... on Error { message } }
}`;
const END = `mutation ($id: ID!) {
  answer: revokeSession(id: $id) { ... on Error { message } }
}`;
const CHANGE_PASSWORD = `mutation ($new: String!, $current: String!) {
  answer: changePassword(newPassword: $new, currentPassword: $current) { ... on Error { message } }
}`;

export async function rename(_: Said, form: FormData): Promise<Said> {
  return say(await act(RENAME, { name: form.get("name") || null }), "Saved.");
}

/** Ends every other session, and gives this one another cookie. */
export async function changePassword(_: Said, form: FormData): Promise<Said> {
  const variables = { new: form.get("new"), current: form.get("current") };
  return say(await act(CHANGE_PASSWORD, variables), "Your password is changed.");
}

export async function endSession(id: string): Promise<void> {
  await act(END, { id });
  refresh();
}

function say({ answer }: Answer, done: string): Said {
  if (answer?.message) return { error: answer.message };
  refresh();
  return { done };
}
