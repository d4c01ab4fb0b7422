import { AuthError } from "./errors.js";

/** Lets one refresh be under way at a time, and none while the server has asked to wait. */
export class SingleFlight<T> {
  readonly #fly: () => Promise<T>;
  readonly #failed: (retryAfter: number | null) => void;
  #flying: Promise<T> | null = null;
  #refusal: { readonly error: AuthError; readonly until: number } | null = null;

  /** @param failed is told of each failure, with the seconds that the server wants to be left alone */
  constructor(fly: () => Promise<T>, failed: (retryAfter: number | null) => void) {
    this.#fly = fly;
    this.#failed = failed;
  }

  /** Join the one that is under way, or begin another. */
  join(): Promise<T> {
    this.#flying ??= this.#begin().finally(() => {
      this.#flying = null;
    });
    return this.#flying;
  }

  async #begin(): Promise<T> {
    if (this.#refusal && performance.now() < this.#refusal.until) throw this.#refusal.error;
    this.#refusal = null;
    try {
      return await this.#fly();
    } catch (error) {
      const retryAfter = error instanceof AuthError ? error.retryAfter : null;
      if (error instanceof AuthError && retryAfter) {
        this.#refusal = { error, until: performance.now() + retryAfter * 1000 };
      }
      this.#failed(retryAfter);
      throw error;
    }
  }
}
