import type { StepUp } from "./errors.js";

/** Has somebody prove more than they have, as by a dialog that reauthenticates; says whether they did. */
export type OnStepUp = (wanted: StepUp) => Promise<boolean> | boolean;

/** Asks for one proof at a time, however many requests want one. */
export class StepUps {
  readonly #ask: OnStepUp | undefined;
  readonly #current: () => string | null;
  #asking: Promise<boolean> | null = null;
  #outdone: string | null = null;

  /** @param current the access token at hand */
  constructor(ask: OnStepUp | undefined, current: () => string | null) {
    this.#ask = ask;
    this.#current = current;
  }

  /** Join the one that is asked for, or begin another; a token that was outdone since wants none. */
  async join(wanted: StepUp, refused: string): Promise<boolean> {
    if (!this.#ask) return false;
    if (refused === this.#outdone) return true;
    this.#asking ??= this.#begin(this.#ask, wanted).finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #begin(ask: OnStepUp, wanted: StepUp): Promise<boolean> {
    const before = this.#current();
    const isProved = await ask(wanted);
    if (isProved && this.#current() !== before) this.#outdone = before;
    return isProved;
  }
}
