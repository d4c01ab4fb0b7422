import type { Code } from "./errors.js";
import type { GrantedFragment } from "./schema.js";

export type User = GrantedFragment["user"];
export type Session = GrantedFragment["session"];

/** Whom the server says is logged in. */
export interface Person {
  readonly user: User;
  readonly session: Session;
  readonly expiresAt?: string;
}

/** Who is logged in here. A new object each time something changes, and only then. */
export type State =
  | {
      readonly status: "unknown";
      readonly user: null;
      readonly session: null;
      readonly expiresAt: null;
    }
  | {
      readonly status: "loggedOut";
      readonly user: null;
      readonly session: null;
      readonly expiresAt: null;
      /** With which code the server has said so, such as `SESSION_REVOKED`; null after a logout. */
      readonly reason: Code | null;
    }
  | {
      readonly status: "loggedIn";
      readonly user: User;
      readonly session: Session;
      /**
       * To look at: when the access token expires, which is replaced before; with `SESSION`, when the
       * session does unless it is used.
       */
      readonly expiresAt: string;
    };

const NOBODY = { user: null, session: null, expiresAt: null } as const;

/** Nobody has asked yet, or the server has not answered yet. */
export const unknown = (): State => ({ status: "unknown", ...NOBODY });

export const loggedOut = (reason: Code | null): Extract<State, { status: "loggedOut" }> => ({
  status: "loggedOut",
  ...NOBODY,
  reason,
});

/** By a cookie alone, one is logged in until the session ends. */
export const loggedIn = ({
  user,
  session,
  expiresAt = session.expiresAt,
}: Person): Extract<State, { status: "loggedIn" }> => ({
  status: "loggedIn",
  user,
  session,
  expiresAt,
});
