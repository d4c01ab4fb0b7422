import type { GrantedFragment } from "./schema.js";

/** What a login or a refresh has given, and when it was asked for. */
export interface Grant {
  readonly payload: GrantedFragment;
  /** By this device's clock, which all its tabs share and which may jump. */
  readonly askedAt: number;
}

const LONGEST_MARGIN = 30; // seconds

/** An access token and its age, which is counted and never read off a clock face. */
export class AccessToken {
  readonly value: string;
  readonly #lifetime: number;
  readonly #askedAt: number;
  readonly #countedFrom: number;

  constructor({ payload, askedAt }: Grant) {
    this.value = payload.accessToken;
    this.#lifetime = payload.expiresIn;
    this.#askedAt = askedAt;
    this.#countedFrom = performance.now() - Math.max(0, Date.now() - askedAt);
  }

  /** Whether the server should still take it. */
  get isAlive(): boolean {
    return this.#age < this.#lifetime;
  }

  /** Seconds until it should be replaced: shortly before it expires. */
  get secondsLeft(): number {
    return this.#lifetime - Math.min(LONGEST_MARGIN, this.#lifetime / 5) - this.#age;
  }

  /**
   * Seconds. The clock may be set back, and the counter stands still while a laptop sleeps; so it is
   * whichever says more. Too much costs one refresh.
   */
  get #age(): number {
    const counted = performance.now() - this.#countedFrom;
    return Math.max(counted, Date.now() - this.#askedAt) / 1000;
  }
}
