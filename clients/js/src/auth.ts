import type { Grant } from "./access-token.js";
import { Alarm } from "./alarm.js";
import { ask, type Line, type LineOptions, lineTo } from "./ask.js";
import { AuthError, type Code } from "./errors.js";
import { Holder } from "./holder.js";
import {
  CHANGE_PASSWORD,
  LOGIN,
  LOGIN_WITH_LINK,
  LOGOUT,
  REFRESH_TOKEN,
  REGISTER,
} from "./operations.js";
import type * as schema from "./schema.js";
import { signing } from "./signing.js";
import { SingleFlight } from "./single-flight.js";
import type { State } from "./state.js";
import { inMemory, type TokenStorage } from "./storage.js";
import { type News, Tabs } from "./tabs.js";

export interface AuthOptions extends LineOptions {
  /** Other origins that are sent the access token, such as `https://api.example.com`. */
  origins?: readonly string[];
  /** `BODY` where there is no cookie jar: React Native, a command-line tool. */
  transport?: schema.RefreshTokenTransport;
  /** With `BODY`: where the refresh token is kept; by default in memory. */
  storage?: TokenStorage;
}

type Registration = Omit<schema.RegisterMutationVariables, "transport">;
type Credentials = Omit<schema.LoginMutationVariables, "transport">;
type PasswordChange = schema.ChangePasswordMutationVariables;
type PasswordChanged = NonNullable<schema.ChangePasswordMutation["changePassword"]>;

/** The answers that say that the session is over. Whatever else goes wrong, it may not be. */
const OVER: readonly string[] = [
  "RefreshTokenMissing",
  "RefreshTokenInvalid",
  "RefreshTokenExpired",
  "RefreshTokenReused",
  "SessionRevoked",
];

/** Logs a person in and keeps them logged in, in every tab of this browser. */
export class Auth {
  /**
   * `fetch` with the access token, for origins that may have it. A request whose token was refused is
   * sent once more with a new one, unless somebody else has logged in since.
   *
   * @throws AuthError the access token has expired, and the server cannot replace it now.
   */
  readonly fetch: (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

  readonly #line: Line;
  readonly #transport: schema.RefreshTokenTransport;
  readonly #storage: TokenStorage | null;
  readonly #tabs: Tabs;
  readonly #holder = new Holder();
  readonly #alarm = new Alarm(() => this.#freshen());
  readonly #refreshing = new SingleFlight(
    () => this.#refresh(),
    (retryAfter) => this.#alarm.snooze(retryAfter),
  );

  constructor(options: AuthOptions = {}) {
    const { transport = "COOKIE" } = options;
    this.#line = lineTo(options, transport === "COOKIE" ? "include" : "omit");
    this.#transport = transport;
    this.#storage = transport === "BODY" ? (options.storage ?? inMemory()) : null;
    const { url, send } = this.#line;
    this.#tabs = new Tabs(`authberry ${url}`, !this.#storage, (news) => this.#hear(news));
    const here = globalThis.location ? [location.origin] : [];
    const origins = [new URL(url).origin, ...here, ...(options.origins ?? [])];
    this.fetch = signing(this, send, new Set(origins));
  }

  /** Who is logged in, as far as is known. */
  get state(): State {
    return this.#holder.state;
  }

  /** Be told of every change of `state`, in whichever tab it began; returns what ends that. */
  onChange(listener: (state: State) => void): () => void {
    return this.#holder.onChange(listener);
  }

  /**
   * Find out who is logged in, when the page or the program starts. Where the server cannot say, the
   * state stays `unknown`, and a page goes on asking.
   */
  async restore(): Promise<State> {
    if (this.state.status === "unknown") await this.refresh().catch(() => undefined);
    return this.state;
  }

  /** Make an account and log in. A refusal is data: look at `__typename`. */
  register(person: Registration): Promise<schema.RegisterMutation["register"]> {
    return this.#enter(async () => {
      const variables = { ...person, transport: this.#transport };
      return (await this.#ask<schema.RegisterMutation>(REGISTER, variables)).register;
    });
  }

  /** Log in. A refusal is data: look at `__typename`. */
  login(person: Credentials): Promise<schema.LoginMutation["login"]> {
    return this.#enter(async () => {
      const variables = { ...person, transport: this.#transport };
      return (await this.#ask<schema.LoginMutation>(LOGIN, variables)).login;
    });
  }

  /**
   * Prove an address with the token of a link that was mailed to it. It works in the browser that
   * asked for the link; a page of yours takes the token from its address, and calls this when the
   * person presses a button, since programs that scan mail open links as well.
   */
  loginWithLink(token: string): Promise<schema.LoginWithLinkMutation["loginWithLink"]> {
    return this.#enter(async () => {
      const variables = { token, transport: this.#transport };
      return (await this.#ask<schema.LoginWithLinkMutation>(LOGIN_WITH_LINK, variables))
        .loginWithLink;
    });
  }

  /** Change the password, which ends every other session and renews this one. */
  async changePassword(passwords: PasswordChange): Promise<PasswordChanged> {
    const token = await this.accessToken();
    try {
      return await this.#changePassword(passwords);
    } catch (error) {
      const isRefused = error instanceof AuthError && error.code === "UNAUTHENTICATED";
      if (isRefused && (await this.recover(token))) return this.#changePassword(passwords);
      throw error;
    }
  }

  /**
   * Log out, in every tab.
   *
   * @throws AuthError the server was not reached: the session lives on, and so does its cookie, which no
   * script can delete. Say so, and let the person try again.
   */
  logout(): Promise<void> {
    return this.#tabs.alone(async () => {
      const variables = { refreshToken: (await this.#storage?.get()) ?? null };
      await this.#ask<schema.LogoutMutation>(LOGOUT, variables, this.currentAccessToken);
      await this.#end(null);
    });
  }

  /**
   * The access token, replaced first if it is about to expire; null if nobody is logged in.
   *
   * @throws AuthError it has expired, and the server cannot replace it now; or the new one is somebody
   * else's, who has logged in since, and what one person asks is not sent as another.
   */
  async accessToken(): Promise<string | null> {
    const before = this.currentAccessToken;
    if (this.isStale) {
      try {
        await this.refresh();
      } catch (error) {
        if (!this.#holder.token?.isAlive) throw error;
      }
    }
    const now = this.currentAccessToken;
    if (before && now && !this.#holder.isTheirs(before)) {
      throw new AuthError("UNAUTHENTICATED", "Somebody else has logged in.");
    }
    return now;
  }

  /** The access token at hand, however old. */
  get currentAccessToken(): string | null {
    return this.#holder.token?.value ?? null;
  }

  /** Whether `accessToken()` would ask the server before it answers. */
  get isStale(): boolean {
    return this.#holder.isStale;
  }

  /**
   * Exchange the refresh token for a new pair; what is asked at once, in all tabs, becomes one request.
   *
   * @throws AuthError the server cannot say now. Whoever was logged in still is.
   */
  refresh(): Promise<State> {
    return this.#refreshing.join();
  }

  /**
   * After an API has refused an access token: find another, and say whether to send the request again.
   * Not on behalf of somebody else, who has logged in since.
   *
   * @throws AuthError the server cannot say now. Whoever was logged in still is.
   */
  async recover(refused: string | null): Promise<boolean> {
    if (!refused) return false;
    if (refused === this.currentAccessToken) await this.refresh();
    return this.#holder.isTheirs(refused);
  }

  /** Ask the same server something else, where there is no GraphQL library. */
  request<Data>(query: string, variables: object = {}): Promise<Data> {
    return ask<Data>({ ...this.#line, send: this.fetch }, { query, variables });
  }

  /** Stop listening to other tabs, and forget the access token. Nobody is logged out by that. */
  close(): void {
    this.#tabs.close();
    this.#alarm.close();
    this.#holder.close();
  }

  #ask<Data>(query: string, variables: object, token: string | null = null): Promise<Data> {
    return ask<Data>(this.#line, { query, variables, token });
  }

  #changePassword(passwords: PasswordChange): Promise<PasswordChanged> {
    return this.#enter(async () => {
      const token = this.currentAccessToken;
      const data = await this.#ask<schema.ChangePasswordMutation>(
        CHANGE_PASSWORD,
        passwords,
        token,
      );
      if (!data.changePassword) throw new AuthError("INTERNAL_SERVER_ERROR", "There is no answer.");
      return data.changePassword;
    });
  }

  /** Do what may end in new tokens, while no other tab does. */
  #enter<Answer extends { readonly __typename: string }>(
    knock: () => Promise<Answer>,
  ): Promise<Answer> {
    return this.#tabs.alone(async () => {
      const askedAt = Date.now();
      const answer = await knock();
      if (isGranted(answer)) await this.#accept({ payload: answer, askedAt });
      return answer;
    });
  }

  #refresh(): Promise<State> {
    const before = this.state;
    return this.#tabs.alone(async () => {
      // Another tab has done it meanwhile.
      if (this.state !== before) return this.state;
      return this.#exchange();
    });
  }

  async #exchange(): Promise<State> {
    const refreshToken = (await this.#storage?.get()) ?? null;
    if (this.#storage && !refreshToken) return this.#end(null);
    const askedAt = Date.now();
    const data = await this.#ask<schema.RefreshTokenMutation>(REFRESH_TOKEN, { refreshToken });
    const answer = data.refreshToken;
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
    this.#tabs.tell({ kind: "ended", session: this.#holder.sessionId, reason });
    return this.#forget(reason);
  }

  #hear(news: News): void {
    if (news.kind === "granted") this.#hold(news.grant);
    // Another session's end: this tab knows of a newer login already.
    else if (news.session === this.#holder.sessionId) this.#forget(news.reason);
  }

  #hold(grant: Grant): State {
    const state = this.#holder.hold(grant);
    this.#alarm.set(this.#holder.token?.secondsLeft ?? 0);
    return state;
  }

  #forget(reason: Code | null): State {
    this.#alarm.clear();
    return this.#holder.forget(reason);
  }

  #freshen(): void {
    // After a failure also a good token is replaced: it may be the answer that was lost.
    if (this.isStale || this.#alarm.hasFailed) this.refresh().catch(() => undefined);
    // A timer counts whole milliseconds, and may be one too early; or the page was hidden when it rang.
    else if (this.#holder.token) this.#alarm.set(this.#holder.token.secondsLeft);
  }
}

function isGranted(answer: {
  readonly __typename: string;
}): answer is schema.GrantedFragment & { readonly __typename: "AuthPayload" } {
  return answer.__typename === "AuthPayload";
}
