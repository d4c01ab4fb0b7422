import type { ErrorCode } from "./schema.js";

/** The words of the server's catalogue, and one of our own for a server that was not reached. */
export type Code = ErrorCode | "NETWORK_ERROR" | (string & {});

/** What went wrong with a request; who was logged in still is. */
export class AuthError extends Error {
  override readonly name = "AuthError";

  /**
   * @param code what went wrong, for programs
   * @param retryAfter seconds until trying again has any sense, if the server named them
   */
  constructor(
    readonly code: Code,
    message: string,
    readonly retryAfter: number | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An entry of a GraphQL response's `errors`. */
export interface GraphQLFault {
  readonly message: string;
  readonly extensions?: { readonly [name: string]: unknown };
}

const RENEWABLE: readonly unknown[] = ["TOKEN_EXPIRED", "TOKEN_INVALID", "SESSION_REVOKED"];

/**
 * Whether the access token was refused, so that another one may help.
 *
 * Not where it did not arrive (`TOKEN_MISSING`). An API that only verifies tokens may give no reason.
 */
export function isTokenRefused(errors: readonly GraphQLFault[] | undefined): boolean {
  return !!errors?.some(({ extensions }) => {
    const reason = extensions?.["reason"];
    return (
      extensions?.["code"] === "UNAUTHENTICATED" &&
      (reason === undefined || RENEWABLE.includes(reason))
    );
  });
}
