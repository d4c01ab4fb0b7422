import "server-only";
import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { NextResponse } from "next/server";

const API = process.env.AUTHBERRY_URL ?? "http://127.0.0.1:8000/graphql";

/** What Authberry has said instead of an answer; see its docs/errors.md. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly code?: string,
  ) {
    super(message);
  }
}

/** Asks for the visitor. Reading sets no cookie, so that components may do it, all at once. */
export async function ask<Data>(query: string, variables?: object): Promise<Data> {
  return read(await post(query, variables));
}

/** Does something for the visitor: for server actions, which are those that may set cookies. */
export async function act<Data>(mutation: string, variables?: object): Promise<Data> {
  const visitor = await headers();
  // For the list of sessions, and for limits, which count by address. See README.md.
  const answer = await post(mutation, variables, {
    "User-Agent": visitor.get("user-agent") ?? "",
    "X-Forwarded-For": visitor.get("x-forwarded-for") ?? "",
  });
  const jar = await cookies();
  for (const cookie of new NextResponse(null, answer).cookies.getAll()) {
    jar.set({ maxAge: 0, ...cookie }); // an age of 0 is left out, and deletes a cookie
  }
  return read<Data>(answer).catch((error: Refused) => {
    if (error.code === "UNAUTHENTICATED") redirect("/login");
    throw error;
  });
}

/** Sends the visitor's cookies and nothing else of them: no `Origin`, no `Sec-Fetch-*`. */
async function post(query: string, variables?: object, more?: HeadersInit): Promise<Response> {
  return fetch(API, {
    method: "POST",
    headers: { ...more, "Content-Type": "application/json", Cookie: (await cookies()).toString() },
    body: JSON.stringify({ query, variables }),
    cache: "no-store",
  });
}

async function read<Data>(answer: Response): Promise<Data> {
  const { data, errors } = await answer.json();
  if (errors) throw new Refused(errors[0].message, errors[0].extensions?.code);
  return data;
}
