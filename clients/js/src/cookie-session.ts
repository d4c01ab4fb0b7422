import { AccessToken } from "./access-token.js";
import type { Line } from "./ask.js";
import { bearer, type Credential, cookie } from "./credential.js";
import type { Code } from "./errors.js";
import { type Granted, HeldLogin, overBy, requireSamePerson } from "./held-login.js";
import { REFRESH_TOKEN } from "./operations.js";
import type { Signer } from "./signing.js";
import { SingleFlight } from "./single-flight.js";
import type { Person, State } from "./state.js";
import type { OnStepUp } from "./step-ups.js";
import type { News } from "./tabs.js";
import { askWho } from "./who.js";

/**
 * A login that a cookie alone stands for: every request is sent with it, and no script can read it. So
 * who is logged in is what the server has said last, and there is nothing to renew.
 */
export class CookieSession extends HeldLogin {
  /** How often it was another cookie, as far as this tab knows. */
  #count = 0;
  #token: AccessToken | null = null;
  readonly #granting = new SingleFlight(
    () => this.tabs.alone(() => this.#grant()),
    () => undefined,
  );

  /** @param state what is known already, as of a server that has rendered the page */
  constructor(line: Line, onStepUp: OnStepUp | undefined, state: State | undefined) {
    // On a server it is of one visitor among many, and there are no tabs.
    const areShared = "location" in globalThis;
    super(line, onStepUp, { name: "authberry session", areShared, state });
    if (state?.status === "loggedIn") this.holder.remember(String(this.#count));
  }

  get current(): Credential {
    return cookie(this.holder.state.status === "loggedOut" ? null : String(this.#count));
  }

  get currentAccessToken(): string | null {
    return this.#token?.value ?? null;
  }

  get isStale(): boolean {
    return false;
  }

  async credential(): Promise<Credential> {
    return this.current;
  }

  async accessToken(): Promise<string | null> {
    const { status, user } = this.holder.state;
    if (status === "loggedOut") return null;
    if (!this.#token || this.#token.secondsLeft <= 0) {
      try {
        await this.#granting.join();
      } catch (error) {
        if (!this.#token?.isAlive) throw error;
      }
    }
    const now = this.holder.state.user;
    if (user && now) requireSamePerson(user.id === now.id);
    return this.currentAccessToken;
  }

  get services(): Signer {
    return {
      credential: async () => bearer(await this.accessToken()),
      recover: async (refused) => {
        if (!refused) return false;
        if (refused === this.currentAccessToken) this.#token = null;
        return !!(await this.accessToken()) && this.holder.isTheirs(refused);
      },
      stepUp: (wanted, refused) => this.stepUp(wanted, refused),
    };
  }

  override close(): void {
    super.close();
    this.#token = null;
  }

  protected async exchange(): Promise<State> {
    const who = await askWho(this.line);
    return who.status === "loggedIn" ? this.#tell(who, false) : this.end(who.reason);
  }

  protected async accept(payload: Granted): Promise<State> {
    return this.#tell(payload, true);
  }

  protected override async end(reason: Code | null): Promise<State> {
    if (this.holder.state.status !== "loggedOut") return super.end(reason);
    this.alarm.clear();
    return this.holder.state;
  }

  protected override forget(reason: Code | null): State {
    this.#token = null;
    return super.forget(reason);
  }

  protected hear(news: News): void {
    if (news.kind === "known") this.#hold(news.person, news.isNew);
    else if (news.kind === "ended") this.#hearOfEnd(news.session, news.reason);
  }

  protected freshen(): void {
    this.refresh().catch(() => undefined);
  }

  /** An access token for services that take no cookie. */
  async #grant(): Promise<void> {
    const askedAt = Date.now();
    const { refreshToken: answer } = await this.ask(REFRESH_TOKEN, { refreshToken: null });
    const over = overBy(answer);
    if (answer.__typename !== "AuthPayload") {
      await this.end(over);
      return;
    }
    this.#tell(answer, false);
    this.#token = new AccessToken({ payload: answer, askedAt });
    this.holder.remember(answer.accessToken);
  }

  #tell({ user, session }: Person, isNew: boolean): State {
    const before = this.holder.state;
    const state = this.#hold({ user, session }, isNew);
    if (state !== before) this.tabs.tell({ kind: "known", person: { user, session }, isNew });
    return state;
  }

  /** Hold who it is. With another cookie, what was refused before may no longer be. */
  #hold(person: Person, isNew: boolean): State {
    this.alarm.clear();
    const { state, sessionId } = this.holder;
    const isSame = sessionId === person.session.id && state.user?.id === person.user.id;
    if (isSame && !isNew && isEqual(person, state)) return state;
    if (!isSame || isNew) {
      this.#count += 1;
      this.#token = null;
    }
    return this.holder.hold(person, String(this.#count));
  }

  #hearOfEnd(session: string | null, reason: Code | null): void {
    if (session === this.holder.sessionId) this.forget(reason);
    // Of another session, or of none: the cookie that this tab goes by may be no more.
    else if (this.holder.state.status === "loggedIn") this.freshen();
  }
}

const isEqual = (person: Person, { user, session }: State): boolean =>
  JSON.stringify([person.user, person.session]) === JSON.stringify([user, session]);
