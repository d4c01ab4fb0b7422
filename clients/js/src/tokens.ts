import { AccessToken, type Grant } from "./access-token.js";
import type { Line } from "./ask.js";
import { bearer, type Credential } from "./credential.js";
import type { Code } from "./errors.js";
import { type Granted, HeldLogin, overBy, requireSamePerson } from "./held-login.js";
import { REFRESH_TOKEN } from "./operations.js";
import type { Signer } from "./signing.js";
import type { State } from "./state.js";
import type { OnStepUp } from "./step-ups.js";
import type { TokenStorage } from "./storage.js";
import type { News } from "./tabs.js";

/** A login that is held by tokens: an access token in memory, which is renewed before it expires. */
export class Tokens extends HeldLogin {
  readonly #storage: TokenStorage | null;
  #token: AccessToken | null = null;

  /** @param storage where the refresh token is kept, unless a cookie holds it */
  constructor(line: Line, storage: TokenStorage | null, onStepUp: OnStepUp | undefined) {
    super(line, onStepUp, { name: "authberry", areShared: !storage });
    this.#storage = storage;
  }

  get current(): Credential {
    return bearer(this.currentAccessToken);
  }

  get currentAccessToken(): string | null {
    return this.#token?.value ?? null;
  }

  /** Also where it is not known yet that there is none. */
  get isStale(): boolean {
    const isOut = this.holder.state.status === "loggedOut";
    return !isOut && !(this.#token && this.#token.secondsLeft > 0);
  }

  get services(): Signer {
    return this;
  }

  async credential(): Promise<Credential> {
    return bearer(await this.accessToken());
  }

  async accessToken(): Promise<string | null> {
    const before = this.currentAccessToken;
    if (this.isStale) {
      try {
        await this.refresh();
      } catch (error) {
        if (!this.#token?.isAlive) throw error;
      }
    }
    const now = this.currentAccessToken;
    if (before && now) requireSamePerson(this.holder.isTheirs(before));
    return now;
  }

  override close(): void {
    super.close();
    this.#token = null;
  }

  protected async exchange(): Promise<State> {
    const refreshToken = await this.kept();
    if (this.#storage && !refreshToken) return this.end(null);
    const askedAt = Date.now();
    const { refreshToken: answer } = await this.ask(REFRESH_TOKEN, { refreshToken });
    const over = overBy(answer);
    if (answer.__typename !== "AuthPayload") return this.end(over);
    // Nothing new: another program on this storage may have put something newer there meanwhile.
    const isSame = answer.refreshToken === refreshToken;
    return this.accept(isSame ? { ...answer, refreshToken: null } : answer, askedAt);
  }

  protected async accept(payload: Granted, askedAt: number): Promise<State> {
    if (payload.refreshToken) await this.#storage?.set(payload.refreshToken);
    const grant = { payload: { ...payload, refreshToken: null }, askedAt };
    this.tabs.tell({ kind: "granted", grant });
    return this.#hold(grant);
  }

  protected override async kept(): Promise<string | null> {
    return (await this.#storage?.get()) ?? null;
  }

  protected override async end(reason: Code | null): Promise<State> {
    await this.#storage?.remove();
    return super.end(reason);
  }

  protected override forget(reason: Code | null): State {
    this.#token = null;
    return super.forget(reason);
  }

  protected hear(news: News): void {
    if (news.kind === "granted") this.#hold(news.grant);
    // Another session's end: this tab knows of a newer login already.
    else if (news.kind === "ended" && news.session === this.holder.sessionId)
      this.forget(news.reason);
  }

  protected freshen(): void {
    // After a failure also a good token is replaced: it may be the answer that was lost.
    if (this.isStale || this.alarm.hasFailed) this.refresh().catch(() => undefined);
    // A timer counts whole milliseconds, and may be one too early; or the page was hidden when it rang.
    else if (this.#token) this.alarm.set(this.#token.secondsLeft);
  }

  #hold(grant: Grant): State {
    this.#token = new AccessToken(grant);
    const state = this.holder.hold(grant.payload, this.#token.value);
    this.alarm.set(this.#token?.secondsLeft ?? 0);
    return state;
  }
}
