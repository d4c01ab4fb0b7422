import type { Code } from "./errors.js";
import { loggedIn, loggedOut, type Person, type State, unknown } from "./state.js";

const MOST_CREDENTIALS = 10; // that are remembered as having been theirs

/** Holds what is known of the person who is logged in, in memory, and tells of every change. */
export class Holder {
  readonly #listeners = new Set<(state: State) => void>();
  readonly #theirs = new Set<string>();
  #state: State;

  constructor(state: State = unknown()) {
    this.#state = state;
  }

  get state(): State {
    return this.#state;
  }

  get sessionId(): string | null {
    return this.#state.session?.id ?? null;
  }

  /** Whether a credential was given to the person who is logged in now, lately. */
  isTheirs(credential: string): boolean {
    return this.#theirs.has(credential);
  }

  /** Remember one as theirs. */
  remember(credential: string): void {
    const [oldest] = this.#theirs;
    if (oldest && this.#theirs.size >= MOST_CREDENTIALS) this.#theirs.delete(oldest);
    this.#theirs.add(credential);
  }

  hold(person: Person, credential: string): State {
    if (person.user.id !== this.#state.user?.id) this.#theirs.clear();
    this.remember(credential);
    return this.#become(loggedIn(person));
  }

  forget(reason: Code | null): State {
    this.#theirs.clear();
    return this.#become(loggedOut(reason));
  }

  onChange(listener: (state: State) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#listeners.clear();
  }

  #become(state: State): State {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
    return state;
  }
}
