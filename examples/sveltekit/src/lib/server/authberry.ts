import { type RequestEvent, redirect } from "@sveltejs/kit";
import { AuthError } from "authberry";
import { forwarded } from "authberry/server";
import { AUTHBERRY_URL as url } from "$app/env/private";

/** Asks as the visitor. That sets no cookie, so that loads may do it, all at once. */
export function ask<Data>({ request }: RequestEvent, query: string): Promise<Data> {
  return forwarded(request, { url }).request<Data>(query);
}

/** Does something as the visitor, who gets the cookies of the answer: in form actions. */
export async function act<Data>(
  event: RequestEvent,
  mutation: string,
  variables?: object,
): Promise<Data> {
  const visitor = forwarded(event.request, { url, headers: device(event) });
  try {
    return await visitor.request<Data>(mutation, variables);
  } catch (error) {
    if (isNobody(error)) redirect(303, "/login");
    throw error;
  } finally {
    for (const { name, value, options } of visitor.cookies) event.cookies.set(name, value, options);
  }
}

/** Whether Authberry has said that nobody is logged in. That it was not reached says nothing. */
export function isNobody(error: unknown): boolean {
  return error instanceof AuthError && error.code === "UNAUTHENTICATED";
}

/** For the list of sessions, and for limits, which count by address: see README.md. */
function device({ request, getClientAddress }: RequestEvent): Record<string, string> {
  return {
    "User-Agent": request.headers.get("User-Agent") ?? "",
    "X-Forwarded-For": getClientAddress(),
  };
}
