const LONGEST_BACKOFF = 60; // seconds

/**
 * Says when it is time to refresh: at a time, when the page is looked at again, or when the network is
 * back. A program without pages has none, and refreshes when it asks something.
 */
export class Alarm {
  readonly #ring: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(ring: () => void) {
    this.#ring = ring;
    globalThis.document?.addEventListener("visibilitychange", this.#wake);
    globalThis.window?.addEventListener("online", this.#wake);
  }

  /** Ring in so many seconds, if somebody looks at the page by then. */
  set(seconds: number): void {
    this.#failures = 0;
    this.#ringIn(seconds, () => !document.hidden);
  }

  /**
   * Ring later, and later still each time, also where nobody looks: the server answers a lost answer
   * again only for a while.
   */
  snooze(atLeast: number | null): void {
    const backoff = Math.min(LONGEST_BACKOFF, 2 ** this.#failures++);
    // Not all at once, where a restart has sent many away.
    const spread = 0.75 + Math.random() / 2;
    this.#ringIn(Math.max(atLeast ?? 0, backoff * spread), () => navigator.onLine);
  }

  /** Whether the last refresh has failed, so that its answer may still be there to be had. */
  get hasFailed(): boolean {
    return this.#failures > 0;
  }

  clear(): void {
    this.#failures = 0;
    clearTimeout(this.#timer);
  }

  close(): void {
    this.clear();
    globalThis.document?.removeEventListener("visibilitychange", this.#wake);
    globalThis.window?.removeEventListener("online", this.#wake);
  }

  #ringIn(seconds: number, isWorthIt: () => boolean): void {
    clearTimeout(this.#timer);
    if (!globalThis.document) return;
    this.#timer = setTimeout(() => isWorthIt() && this.#ring(), Math.ceil(seconds * 1000));
  }

  readonly #wake = (): void => {
    if (!document.hidden || this.hasFailed) this.#ring();
  };
}
