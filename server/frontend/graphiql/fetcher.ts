/** How operations are sent: with the access token, and then with an eye on the session. */

import type { Fetcher } from "@graphiql/toolkit";
import { type OperationDefinitionNode, parse } from "graphql";
import { auth, ENDPOINT } from "./session.ts";

type Operation = Parameters<Fetcher>[0];
type Options = Parameters<Fetcher>[1];

/** Send an operation; returns its answer, whatever it is. */
export async function ask({ query, ...more }: Operation, options?: Options): Promise<never> {
  const operations = operationsIn(query);
  // For a moment after another tab was chosen, GraphiQL still has the last one's.
  const isThere = operations.some(({ name }) => name?.value === more.operationName);
  const operationName = isThere ? more.operationName : undefined;
  const response = await auth.fetch(ENDPOINT, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...options?.headers },
    body: JSON.stringify({ ...more, query, operationName }),
  });
  const answer = (await response.json()) as never;
  if (operations.some(({ operation }) => operation === "mutation")) await follow();
  return answer;
}

/** Take over the session that a mutation has begun, or notice that it has ended this one. */
async function follow(): Promise<void> {
  // Only the cookie tells, which no script can read: so the server is asked.
  await auth.refresh().catch(() => undefined);
}

/** The operations of a document; none, if it is not GraphQL, which the server will say. */
function operationsIn(query: string): OperationDefinitionNode[] {
  try {
    const { definitions } = parse(query);
    return definitions.filter((each) => each.kind === "OperationDefinition");
  } catch {
    return [];
  }
}
