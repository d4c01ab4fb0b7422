import { AccessToken, type Grant } from "./access-token.js";
import type { Code } from "./errors.js";
import { loggedIn, loggedOut, type State, unknown } from "./state.js";

const MOST_TOKENS = 10; // that are remembered as having been theirs

/** Holds what is known of the person who is logged in, in memory, and tells of every change. */
export class Holder {
  readonly #listeners = new Set<(state: State) => void>();
  readonly #theirs = new Set<string>();
  #state = unknown();
  #token: AccessToken | null = null;

  get state(): State {
    return this.#state;
  }

  get token(): AccessToken | null {
    return this.#token;
  }

  get sessionId(): string | null {
    return this.#state.session?.id ?? null;
  }

  /** Whether a new access token is due, or would be if it were known that there is none. */
  get isStale(): boolean {
    return this.#state.status !== "loggedOut" && !(this.#token && this.#token.secondsLeft > 0);
  }

  /** Whether a token was given to the person who is logged in now, lately. */
  isTheirs(token: string): boolean {
    return this.#theirs.has(token);
  }

  hold(grant: Grant): State {
    const { user, accessToken } = grant.payload;
    if (user.id !== this.#state.user?.id) this.#theirs.clear();
    const [oldest] = this.#theirs;
    if (oldest && this.#theirs.size >= MOST_TOKENS) this.#theirs.delete(oldest);
    this.#theirs.add(accessToken);
    this.#token = new AccessToken(grant);
    return this.#become(loggedIn(grant.payload));
  }

  forget(reason: Code | null): State {
    this.#theirs.clear();
    this.#token = null;
    return this.#become(loggedOut(reason));
  }

  onChange(listener: (state: State) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#listeners.clear();
    this.#token = null;
  }

  #become(state: State): State {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
    return state;
  }
}
