/** How operations are sent: with the access token, and then with an eye on the session. */

import type { Fetcher } from "@graphiql/toolkit";
import type { DocumentNode } from "graphql";
import { auth, ENDPOINT } from "./session.ts";

type Operation = Parameters<Fetcher>[0];
type Options = Parameters<Fetcher>[1];

/** Send an operation; returns its answer, whatever it is. */
export async function ask(operation: Operation, options?: Options): Promise<never> {
  const response = await auth.fetch(ENDPOINT, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...options?.headers },
    body: JSON.stringify(operation),
  });
  const answer = (await response.json()) as never;
  if (mutates(options?.documentAST)) await follow();
  return answer;
}

/** Take over the session that a mutation has begun, or notice that it has ended this one. */
async function follow(): Promise<void> {
  // Only the cookie tells: the server does.
  await auth.refresh().catch(() => undefined);
}

function mutates(document: DocumentNode | undefined): boolean {
  const definitions = document?.definitions ?? [];
  return definitions.some((each) => "operation" in each && each.operation === "mutation");
}
