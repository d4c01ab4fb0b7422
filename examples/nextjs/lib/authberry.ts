import "server-only";
import { AuthError } from "authberry";
import { forwarded } from "authberry/server";
import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";

const url = process.env.AUTHBERRY_URL ?? "http://127.0.0.1:8000/graphql";

/** Asks as the visitor. That sets no cookie, so that components may do it, all at once. */
export async function ask<Data>(query: string): Promise<Data> {
  return forwarded((await cookies()).toString(), { url }).request<Data>(query);
}

/** Does something as the visitor: in server actions, which are those that may set cookies. */
export async function act<Data>(mutation: string, variables?: object): Promise<Data> {
  const jar = await cookies();
  const visitor = forwarded(jar.toString(), { url, headers: await device() });
  try {
    return await visitor.request<Data>(mutation, variables);
  } catch (error) {
    if (isNobody(error)) redirect("/login");
    throw error;
  } finally {
    for (const { name, value, options } of visitor.cookies) jar.set(name, value, options);
  }
}

/** Whether Authberry has said that nobody is logged in. That it was not reached says nothing. */
export function isNobody(error: unknown): boolean {
  return error instanceof AuthError && error.code === "UNAUTHENTICATED";
}

/** For the list of sessions, and for limits, which count by address: see README.md. */
async function device(): Promise<Record<string, string>> {
  const visitor = await headers();
  return {
    "User-Agent": visitor.get("User-Agent") ?? "",
    "X-Forwarded-For": visitor.get("X-Forwarded-For") ?? "",
  };
}
