import { type RequestEvent, redirect } from "@sveltejs/kit";
import { AUTHBERRY_URL } from "$app/env/private";

/** What Authberry has said instead of an answer; see its docs/errors.md. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly code?: string,
  ) {
    super(message);
  }
}

/** Asks for the visitor. Reading sets no cookie, so that loads may do it, all at once. */
export async function ask<Data>(event: RequestEvent, query: string): Promise<Data> {
  return read(await post(event, { query }));
}

/** Does something for the visitor: for form actions. The visitor gets the cookies of the answer. */
export async function act<Data>(
  event: RequestEvent,
  query: string,
  variables?: object,
): Promise<Data> {
  // For the list of sessions, and for limits, which count by address. See README.md.
  const answer = await post(
    event,
    { query, variables },
    {
      "User-Agent": event.request.headers.get("User-Agent") ?? "",
      "X-Forwarded-For": event.getClientAddress(),
    },
  );
  for (const header of answer.headers.getSetCookie()) {
    const { name, value, ...attributes } = event.cookies.parse(header);
    event.cookies.set(name, value ?? "", attributes);
  }
  return read<Data>(answer).catch((error: Refused) => {
    if (error.code === "UNAUTHENTICATED") redirect(303, "/login");
    throw error;
  });
}

/** Sends the visitor's cookies and nothing else of them: no `Origin`, no `Sec-Fetch-*`. */
function post(event: RequestEvent, body: object, more?: HeadersInit): Promise<Response> {
  // Not `event.fetch`, which would say where the page is from.
  return fetch(AUTHBERRY_URL, {
    method: "POST",
    headers: {
      ...more,
      "Content-Type": "application/json",
      Cookie: event.request.headers.get("Cookie") ?? "",
    },
    body: JSON.stringify(body),
  });
}

async function read<Data>(answer: Response): Promise<Data> {
  const { data, errors } = await answer.json();
  if (errors) throw new Refused(errors[0].message, errors[0].extensions?.code);
  return data;
}
