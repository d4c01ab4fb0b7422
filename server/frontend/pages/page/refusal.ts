/** What the server has not done, and why. */

import { AuthError } from "client/errors.ts";
import type { Facts } from "./texts.ts";

/** What every mutation that can be refused asks for. */
export const REFUSED = /* GraphQL */ `
  fragment Refused on Error {
    code message
    ... on InvalidInput { field }
    ... on WeakPassword { reasons }
    ... on TooManyAttempts { retryAfter }
  }
`;

/** An answer that says no. */
export class Refusal extends Error {
  constructor(readonly facts: Facts) {
    super(facts.message);
  }
}

/** The answer, if it is none that says no; else throws what is told of that. */
export function accepted<Answer extends object>(
  answer: Answer | null | undefined,
): Exclude<Answer, Pick<Facts, "code">> {
  if (!answer) throw new Error("There is no answer.");
  if (isRefused(answer)) throw new Refusal(answer);
  return answer as Exclude<Answer, Pick<Facts, "code">>;
}

const isRefused = (answer: object): answer is Facts => "code" in answer;

/** What is told of whatever was thrown. */
export function factsOf(error: unknown): Facts {
  if (error instanceof Refusal) return error.facts;
  return error instanceof AuthError ? error : { code: "INTERNAL_SERVER_ERROR", message: "" };
}
