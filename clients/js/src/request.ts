import { ask, type LineOptions, lineTo } from "./ask.js";

/** Where and how to ask. */
export type RequestOptions = LineOptions;

/**
 * Ask the server what nobody has to be logged in for, such as a link to set a new password: without an
 * access token, and without finding out first who is there. Cookies go along.
 *
 * @throws AuthError the server was not reached, or did not answer the question.
 */
export function request<Data>(
  query: string,
  variables: object = {},
  options: RequestOptions = {},
): Promise<Data> {
  return ask<Data>(lineTo(options, "include"), { query, variables });
}
