import type { Line, LineOptions } from "./ask.js";
import { CookieSession } from "./cookie-session.js";
import type { HeldLogin } from "./held-login.js";
import type * as schema from "./schema.js";
import type { State } from "./state.js";
import type { OnStepUp } from "./step-ups.js";
import { inMemory, type TokenStorage } from "./storage.js";
import { Tokens } from "./tokens.js";

export interface AuthOptions extends LineOptions {
  /** Other origins that are sent the access token, such as `https://api.example.com`. */
  origins?: readonly string[];
  /**
   * `SESSION` where a cookie stands for the login by itself, as pages that are rendered on a server want
   * it; `BODY` where there is no cookie jar: React Native, a command-line tool.
   */
  transport?: schema.RefreshTokenTransport;
  /** With `BODY`: where the refresh token is kept; by default in memory. */
  storage?: TokenStorage;
  /** With `SESSION`: who is logged in, as a server that has rendered the page knows already. */
  initialState?: State;
  /**
   * Called where a field wants somebody who has just proved who they are, or with more: have them
   * `reauthenticate`, and say whether they did. The request that was refused is then sent once more.
   */
  onStepUp?: OnStepUp;
}

/** How a login is held. */
export function heldBy(
  { transport, storage, initialState, onStepUp }: AuthOptions,
  line: Line,
): HeldLogin {
  if (transport === "SESSION") return new CookieSession(line, onStepUp, initialState);
  return new Tokens(line, transport === "BODY" ? (storage ?? inMemory()) : null, onStepUp);
}
