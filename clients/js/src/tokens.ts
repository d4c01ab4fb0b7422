import type { Grant } from "./access-token.js";
import { Alarm } from "./alarm.js";
import { ask, type Line } from "./ask.js";
import { AuthError, type Code, type StepUp } from "./errors.js";
import { Holder } from "./holder.js";
import { type Document, LOGOUT, REFRESH_TOKEN } from "./operations.js";
import type * as schema from "./schema.js";
import { SingleFlight } from "./single-flight.js";
import type { State } from "./state.js";
import { type OnStepUp, StepUps } from "./step-ups.js";
import type { TokenStorage } from "./storage.js";
import { type News, Tabs } from "./tabs.js";

/** The answers that say that the session is over. Whatever else goes wrong, it may not be. */
const OVER: readonly string[] = [
  "RefreshTokenMissing",
  "RefreshTokenInvalid",
  "RefreshTokenExpired",
  "RefreshTokenReused",
  "SessionRevoked",
];

/** The tokens of whoever is logged in: taken, renewed, shared by this browser's tabs, and forgotten. */
export class Tokens {
  readonly holder = new Holder();
  readonly #line: Line;
  readonly #storage: TokenStorage | null;
  readonly #tabs: Tabs;
  readonly #alarm = new Alarm(() => this.#freshen());
  readonly #refreshing = new SingleFlight(
    () => this.#refresh(),
    (retryAfter) => this.#alarm.snooze(retryAfter),
  );
  readonly #stepUps: StepUps;

  /** @param storage where the refresh token is kept, unless a cookie holds it */
  constructor(line: Line, storage: TokenStorage | null, onStepUp: OnStepUp | undefined) {
    this.#line = line;
    this.#storage = storage;
    this.#tabs = new Tabs(`authberry ${line.url}`, !storage, (news) => this.#hear(news));
    this.#stepUps = new StepUps(onStepUp, () => this.current);
  }

  /** The access token at hand, however old. */
  get current(): string | null {
    return this.holder.token?.value ?? null;
  }

  /** The access token, replaced first if it is about to expire; throws as `Auth.accessToken`. */
  async fresh(): Promise<string | null> {
    const before = this.current;
    if (this.holder.isStale) {
      try {
        await this.refresh();
      } catch (error) {
        if (!this.holder.token?.isAlive) throw error;
      }
    }
    const now = this.current;
    if (before && now && !this.holder.isTheirs(before)) {
      throw new AuthError("UNAUTHENTICATED", "Somebody else has logged in.");
    }
    return now;
  }

  refresh(): Promise<State> {
    return this.#refreshing.join();
  }

  /** Find another token than one that was refused; says whether it is of the same person. */
  async recover(refused: string | null): Promise<boolean> {
    if (!refused) return false;
    if (refused === this.current) await this.refresh();
    return this.holder.isTheirs(refused);
  }

  /** Have more proved than what is behind a token; says whether it was, and by the same person. */
  async stepUp(wanted: StepUp, refused: string | null): Promise<boolean> {
    if (!refused || !(await this.#stepUps.join(wanted, refused))) return false;
    return this.holder.isTheirs(refused);
  }

  ask<Data>(query: Document<Data>, variables: object, token: string | null = null): Promise<Data> {
    return ask<Data>(this.#line, { query, variables, token });
  }

  /** Do what may end in new tokens, while no other tab does. */
  enter<Data extends object>(
    document: Document<Data>,
    variables: object,
    token: () => string | null = () => null,
  ): Promise<Data> {
    return this.#tabs.alone(async () => {
      const askedAt = Date.now();
      const data = await this.ask(document, variables, token());
      const [answer] = Object.values(data);
      if (isGranted(answer)) await this.#accept({ payload: answer, askedAt });
      return data;
    });
  }

  /** Do so on behalf of who is logged in; once more, if it was refused and that can be helped. */
  async enterAgain<Data extends object>(document: Document<Data>, variables: object) {
    const refused = await this.fresh();
    const enter = () => this.enter(document, variables, () => this.current);
    try {
      return await enter();
    } catch (error) {
      if (!(error instanceof AuthError) || error.code !== "UNAUTHENTICATED") throw error;
      const { stepUp } = error;
      const isHelped = await (stepUp ? this.stepUp(stepUp, refused) : this.recover(refused));
      if (isHelped) return enter();
      throw error;
    }
  }

  /** End the session, in every tab. */
  logout(): Promise<void> {
    return this.#tabs.alone(async () => {
      const refreshToken = (await this.#storage?.get()) ?? null;
      await this.ask(LOGOUT, { refreshToken }, this.current);
      await this.#end(null);
    });
  }

  close(): void {
    this.#tabs.close();
    this.#alarm.close();
    this.holder.close();
  }

  #refresh(): Promise<State> {
    const before = this.holder.state;
    return this.#tabs.alone(async () => {
      // Another tab has done it meanwhile.
      if (this.holder.state !== before) return this.holder.state;
      return this.#exchange();
    });
  }

  async #exchange(): Promise<State> {
    const refreshToken = (await this.#storage?.get()) ?? null;
    if (this.#storage && !refreshToken) return this.#end(null);
    const askedAt = Date.now();
    const { refreshToken: answer } = await this.ask(REFRESH_TOKEN, { refreshToken });
    if (answer.__typename === "AuthPayload") {
      // Nothing new: another program on this storage may have put something newer there meanwhile.
      const isSame = answer.refreshToken === refreshToken;
      const payload = isSame ? { ...answer, refreshToken: null } : answer;
      return this.#accept({ payload, askedAt });
    }
    if (OVER.includes(answer.__typename)) return this.#end(answer.code);
    const retryAfter = "retryAfter" in answer ? answer.retryAfter : null;
    throw new AuthError(answer.code, answer.message, retryAfter);
  }

  async #accept({ payload, askedAt }: Grant): Promise<State> {
    if (payload.refreshToken) await this.#storage?.set(payload.refreshToken);
    const grant = { payload: { ...payload, refreshToken: null }, askedAt };
    this.#tabs.tell({ kind: "granted", grant });
    return this.#hold(grant);
  }

  async #end(reason: Code | null): Promise<State> {
    await this.#storage?.remove();
    this.#tabs.tell({ kind: "ended", session: this.holder.sessionId, reason });
    return this.#forget(reason);
  }

  #hear(news: News): void {
    if (news.kind === "granted") this.#hold(news.grant);
    // Another session's end: this tab knows of a newer login already.
    else if (news.session === this.holder.sessionId) this.#forget(news.reason);
  }

  #hold(grant: Grant): State {
    const state = this.holder.hold(grant);
    this.#alarm.set(this.holder.token?.secondsLeft ?? 0);
    return state;
  }

  #forget(reason: Code | null): State {
    this.#alarm.clear();
    return this.holder.forget(reason);
  }

  #freshen(): void {
    // After a failure also a good token is replaced: it may be the answer that was lost.
    if (this.holder.isStale || this.#alarm.hasFailed) this.refresh().catch(() => undefined);
    // A timer counts whole milliseconds, and may be one too early; or the page was hidden when it rang.
    else if (this.holder.token) this.#alarm.set(this.holder.token.secondsLeft);
  }
}

type Granted = schema.GrantedFragment & { readonly __typename: "AuthPayload" };

export function isGranted(
  answer: { readonly __typename?: string } | null | undefined,
): answer is Granted {
  return answer?.__typename === "AuthPayload";
}
