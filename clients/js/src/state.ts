import type { Code } from "./errors.js";
import type { GrantedFragment } from "./schema.js";

export type User = GrantedFragment["user"];
export type Session = GrantedFragment["session"];

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
      /** When the access token expires, to look at: it is replaced before. */
      readonly expiresAt: string;
    };

const NOBODY = { user: null, session: null, expiresAt: null } as const;

/** Nobody has asked yet, or the server has not answered yet. */
export const unknown = (): State => ({ status: "unknown", ...NOBODY });

export const loggedOut = (reason: Code | null): State => ({
  status: "loggedOut",
  ...NOBODY,
  reason,
});

export const loggedIn = ({ user, session, expiresAt }: GrantedFragment): State => ({
  status: "loggedIn",
  user,
  session,
  expiresAt,
});
