import type { Grant } from "./access-token.js";
import type { Code } from "./errors.js";
import type { Person } from "./state.js";

/** What one tab tells the others. An access token goes from memory to memory, to this origin only. */
export type News =
  | { readonly kind: "granted"; readonly grant: Grant }
  /** Whom a cookie stands for, and whether it is another one since. */
  | { readonly kind: "known"; readonly person: Person; readonly isNew: boolean }
  /** `session` is null where it was not known which one it was. */
  | { readonly kind: "ended"; readonly session: string | null; readonly reason: Code | null };

const LONGEST_WAIT = 15; // seconds; a tab that is stuck must not hold the others up
const TRAVEL_TIME = 50; // milliseconds in which news arrives

/** The other tabs of this browser. Without any, or in an old browser, one is alone and all goes well. */
export class Tabs {
  readonly #name: string;
  readonly #channel: BroadcastChannel | null;
  readonly #locks: LockManager | null;
  #queue: Promise<unknown> = Promise.resolve();
  #heard = 0;

  /**
   * @param name what the tabs have in common
   * @param areShared false for a client that has its refresh token to itself
   */
  constructor(name: string, areShared: boolean, hear: (news: News) => void) {
    this.#name = name;
    this.#channel =
      areShared && "BroadcastChannel" in globalThis ? new BroadcastChannel(name) : null;
    this.#locks = (areShared && globalThis.navigator?.locks) || null;
    this.#channel?.addEventListener("message", ({ data }: MessageEvent<News>) => {
      this.#heard += 1;
      hear(data);
    });
    // In Node a channel would keep the program alive.
    (this.#channel as { unref?: () => void } | null)?.unref?.();
  }

  tell(news: News): void {
    this.#channel?.postMessage(news);
  }

  /** Do something while no tab, this one included, does anything else here. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#locks) return this.#inTurn(work);
    const done = await this.#locks.request(this.#name, { ifAvailable: true }, async (lock) =>
      lock ? { result: await work() } : null,
    );
    return done ? done.result : this.#afterOthers(this.#locks, work);
  }

  async #afterOthers<T>(locks: LockManager, work: () => Promise<T>): Promise<T> {
    const before = this.#heard;
    let isOurTurn = false;
    const signal = AbortSignal.timeout(LONGEST_WAIT * 1000);
    try {
      return await locks.request(this.#name, { signal }, async () => {
        isOurTurn = true;
        // The lock may be quicker than the news of what was done under it.
        if (this.#heard === before)
          await new Promise((resolve) => setTimeout(resolve, TRAVEL_TIME));
        return work();
      });
    } catch (error) {
      if (isOurTurn) throw error;
      return work();
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  close(): void {
    this.#channel?.close();
  }
}
