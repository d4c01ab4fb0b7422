import type { ErrorCode } from "./schema.js";

/**
 * The words of the server's catalogue, one of our own for a server that was not reached, three for what a
 * browser says of a passkey (it was not given, this device has one already, there can be none), and two
 * for the window of a login at a provider: the browser has opened none, or it was closed.
 */
export type Code =
  | ErrorCode
  | "NETWORK_ERROR"
  | "PASSKEY_NOT_GIVEN"
  | "PASSKEY_EXISTS"
  | "PASSKEY_UNSUPPORTED"
  | "POPUP_BLOCKED"
  | "POPUP_CLOSED"
  | (string & {});

/** What a field wants of the login behind a request, which has less (RFC 9470). */
export interface StepUp {
  /** Levels of assurance, of which each will do; none where only the age is wrong. */
  readonly acrValues: readonly string[];
  /** How many seconds ago somebody may last have proved who they are; null where it does not matter. */
  readonly maxAge: number | null;
}

interface AuthErrorOptions extends ErrorOptions {
  readonly stepUp?: StepUp | null;
  readonly reason?: string | null;
}

/** What went wrong with a request; who was logged in still is. */
export class AuthError extends Error {
  override readonly name = "AuthError";
  /** What was wanted, where that is why: prove it with `reauthenticate`, and ask again. */
  readonly stepUp: StepUp | null;
  /** Why nobody is known to be asking, of `UNAUTHENTICATED`: such as `SESSION_REVOKED`. */
  readonly reason: string | null;

  /**
   * @param code what went wrong, for programs
   * @param retryAfter seconds until trying again has any sense, if the server named them
   */
  constructor(
    readonly code: Code,
    message: string,
    readonly retryAfter: number | null = null,
    options: AuthErrorOptions = {},
  ) {
    super(message, options);
    this.stepUp = options.stepUp ?? null;
    this.reason = options.reason ?? null;
  }
}

/** An entry of a GraphQL response's `errors`. */
export interface GraphQLFault {
  readonly message: string;
  readonly path?: readonly (string | number)[] | undefined;
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

/** Whether it is not known who is asking; whoever was known may be no more. */
export function isSomebodyWanted(errors: readonly GraphQLFault[]): boolean {
  return errors.some(({ extensions }) => extensions?.["code"] === "UNAUTHENTICATED");
}

/** What is wanted of the login, if the access token is good, and that is what an error says. */
export function stepUpIn({ extensions }: GraphQLFault): StepUp | null {
  if (extensions?.["reason"] !== "STEP_UP_REQUIRED") return null;
  const { acrValues, maxAge } = extensions;
  return {
    acrValues: Array.isArray(acrValues) ? acrValues : [],
    maxAge: typeof maxAge === "number" ? maxAge : null,
  };
}
