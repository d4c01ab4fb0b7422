import { ask, type Line, lineTo, there } from "./ask.js";
import { type AuthOptions, heldBy } from "./auth-options.js";
import { kept } from "./begun-login.js";
import type { Credential } from "./credential.js";
import type { StepUp } from "./errors.js";
import type {
  ExternalCompletionOptions,
  ExternalLoginBegun,
  ExternalLoginClient,
  ExternalLoginCompleted,
  ExternalLoginOptions,
} from "./external-logins.js";
import { type HeldLogin, isGranted } from "./held-login.js";
import {
  CHANGE_PASSWORD,
  COMPLETE_LOGIN,
  LOGIN,
  LOGIN_WITH_LINK,
  REAUTHENTICATE,
  REGISTER,
} from "./operations.js";
import { externalLogins, passkeys } from "./parts.js";
import type {
  FactorRemoval,
  PasskeyAdded,
  PasskeyClient,
  PasskeyLoggedIn,
  PasskeyLoginOptions,
  PasskeyProofOptions,
  PasskeyRegistrationOptions,
} from "./passkeys.js";
import { openPopup } from "./popup.js";
import type * as schema from "./schema.js";
import { type Signer, signing } from "./signing.js";
import type { State } from "./state.js";

type Registration = Omit<schema.RegisterMutationVariables, "transport">;
type Credentials = Omit<schema.LoginMutationVariables, "transport">;
type PasswordChange = schema.ChangePasswordMutationVariables;
type PasswordChanged = NonNullable<schema.ChangePasswordMutation["changePassword"]>;
type Completion = schema.CompleteLoginMutationVariables;
type Reauthenticated = NonNullable<schema.ReauthenticateMutation["reauthenticate"]>;

/** Logs a person in and keeps them logged in, in every tab of this browser. */
export class Auth {
  /**
   * `fetch` with the access token, for origins that may have it; with `SESSION` the server has the
   * cookie instead. A request that was refused as a whole is sent once more: with a new token if that
   * was refused, unless somebody else has logged in since; and behind `onStepUp`.
   *
   * @throws AuthError the access token has expired, and the server cannot replace it now.
   */
  readonly fetch: (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

  readonly #line: Line;
  readonly #signedLine: Line;
  readonly #transport: schema.RefreshTokenTransport;
  readonly #login: HeldLogin;

  constructor(options: AuthOptions = {}) {
    this.#transport = options.transport ?? "COOKIE";
    this.#line = lineTo(options, this.#transport === "BODY" ? "omit" : "include");
    this.#login = heldBy(options, this.#line);
    const { url, send, sendInTime } = this.#line;
    const here = globalThis.location ? [location.origin] : [];
    const ours = /^https?:/.test(url) ? [new URL(url).origin, ...here] : here;
    const signers = new Map<string, Signer>([
      ...(options.origins ?? []).map((origin) => [origin, this.#login.services] as const),
      ...ours.map((origin) => [origin, this.#login] as const),
    ]);
    this.fetch = signing(signers, send);
    this.#signedLine = { ...this.#line, sendInTime: signing(signers, sendInTime) };
  }

  /** Who is logged in, as far as is known. */
  get state(): State {
    return this.#login.holder.state;
  }

  /** Be told of every change of `state`, in whichever tab it began; returns what ends that. */
  onChange(listener: (state: State) => void): () => void {
    return this.#login.holder.onChange(listener);
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
  async register(person: Registration): Promise<schema.RegisterMutation["register"]> {
    const variables = { ...person, transport: this.#transport };
    return (await this.#login.enter(REGISTER, variables)).register;
  }

  /**
   * Log in. A refusal is data, and so is a second step: look at `__typename`. Behind
   * `SecondFactorRequired` and `FactorEnrollmentRequired` nobody is logged in before `completeLogin`.
   */
  async login(person: Credentials): Promise<schema.LoginMutation["login"]> {
    const variables = { ...person, transport: this.#transport };
    return (await this.#login.enter(LOGIN, variables)).login;
  }

  /**
   * Prove an address with the token of a link that was mailed to it. It works in the browser that
   * asked for the link; a page of yours takes the token from its address, and calls this when the
   * person presses a button, since programs that scan mail open links as well.
   */
  async loginWithLink(token: string): Promise<schema.LoginWithLinkMutation["loginWithLink"]> {
    const variables = { token, transport: this.#transport };
    return (await this.#login.enter(LOGIN_WITH_LINK, variables)).loginWithLink;
  }

  /**
   * Take the second step of a login: with a proof; without one once a factor was set up; or with `skip`,
   * while that can be put off. `ticket` is that of the first step's answer, and null in a browser.
   */
  async completeLogin(step: Completion): Promise<schema.CompleteLoginMutation["completeLogin"]> {
    const { completeLogin: answer } = await this.#login.enter(COMPLETE_LOGIN, step);
    if (step.proof?.passkey && isGranted(answer))
      await this.signalPasskeys().catch(() => undefined);
    return answer;
  }

  /**
   * Log in with a passkey alone: with any that the person chooses, in a dialog of the browser's or, with
   * `autofill`, in a field.
   *
   * @throws AuthError none was given (`PASSKEY_NOT_GIVEN`), or none can be (`PASSKEY_UNSUPPORTED`).
   */
  async loginWithPasskey(options: PasskeyLoginOptions = {}): Promise<PasskeyLoggedIn> {
    return (await passkeys()).loginWithPasskey(this.#forPasskeys, options);
  }

  /** Have a passkey shown, as a proof for `completeLogin` or `reauthenticate`; throws alike. */
  async passkeyProof(options: PasskeyProofOptions = {}): Promise<schema.Proof> {
    return (await passkeys()).passkeyProof(this.#forPasskeys, options);
  }

  /** Make a passkey; throws alike, and `PASSKEY_EXISTS` where this device has one of the account. */
  async registerPasskey(options: PasskeyRegistrationOptions = {}): Promise<PasskeyAdded> {
    return (await passkeys()).registerPasskey(this.#forPasskeys, options);
  }

  /** Take an app or a passkey off, and let the browser forget that passkey, if it can. */
  async removeFactor(id: string): Promise<FactorRemoval> {
    return (await passkeys()).removeFactor(this.#forPasskeys, id);
  }

  /** Tell the browser which passkeys are good, if it can be told; what does so itself is above. */
  async signalPasskeys(): Promise<void> {
    return (await passkeys()).signalPasskeys(this.#forPasskeys);
  }

  /**
   * Log in at a provider, one of `externalProviders`. The page leaves for it, and calls
   * `completeExternalLogin` where it is back; with `popup` it stays, and has the answer of that.
   *
   * @throws AuthError `POPUP_BLOCKED`, `POPUP_CLOSED`; or a provider that is away: `SERVICE_UNAVAILABLE`.
   */
  async loginWith(
    provider: string,
    options: ExternalLoginOptions = {},
  ): Promise<ExternalLoginBegun | ExternalLoginCompleted> {
    const popup = options.popup ? openPopup() : null;
    try {
      const { loginWith } = await externalLogins();
      return await loginWith(this.#forExternalLogins, provider, options, popup);
    } finally {
      popup?.close();
    }
  }

  /**
   * Complete a login at a provider, on the page that it comes back to. Null if this tab has begun none;
   * and in a window of `popup`, which closes itself, since the page that has opened it goes on.
   */
  async completeExternalLogin(
    options: ExternalCompletionOptions = {},
  ): Promise<ExternalLoginCompleted | null> {
    if (options.ticket === undefined && !kept()) return null;
    return (await externalLogins()).completeExternalLogin(this.#forExternalLogins, options);
  }

  /** Prove the account of `AccountLinkRequired`, by a password or a passkey: it is linked and logged in. */
  async confirmAccountLink(
    step: schema.ConfirmAccountLinkMutationVariables,
  ): Promise<ExternalLoginCompleted> {
    return (await externalLogins()).confirmAccountLink(this.#forExternalLogins, step);
  }

  /** Prove once more who is logged in: the tokens say so from now on, in every tab. */
  async reauthenticate(proof: schema.Proof): Promise<Reauthenticated> {
    return there((await this.#login.enterAgain(REAUTHENTICATE, { proof })).reauthenticate);
  }

  /** Change the password, which ends every other session and renews this one. */
  async changePassword(passwords: PasswordChange): Promise<PasswordChanged> {
    return there((await this.#login.enterAgain(CHANGE_PASSWORD, passwords)).changePassword);
  }

  /**
   * Log out, in every tab.
   *
   * @throws AuthError the server was not reached: the session lives on, and so does its cookie, which no
   * script can delete. Say so, and let the person try again.
   */
  logout(): Promise<void> {
    return this.#login.logout();
  }

  /**
   * The access token, replaced first if it is about to expire; null if nobody is logged in. With
   * `SESSION` it is for services that take no cookie, and fetched when it is first asked for.
   *
   * @throws AuthError it has expired, and the server cannot replace it now; or the new one is somebody
   * else's, who has logged in since, and what one person asks is not sent as another.
   */
  accessToken(): Promise<string | null> {
    return this.#login.accessToken();
  }

  /** The access token at hand, however old. */
  get currentAccessToken(): string | null {
    return this.#login.currentAccessToken;
  }

  /** What a request is sent with as whoever is logged in, renewed first if it has to be; throws alike. */
  credential(): Promise<Credential> {
    return this.#login.credential();
  }

  /** The same as it is at hand, however old. */
  get currentCredential(): Credential {
    return this.#login.current;
  }

  /** Whether `credential()` would ask the server before it answers. */
  get isStale(): boolean {
    return this.#login.isStale;
  }

  /**
   * Exchange the refresh token for a new pair; with `SESSION`, ask who is logged in. What is asked at
   * once, in all tabs, becomes one request.
   *
   * @throws AuthError the server cannot say now. Whoever was logged in still is.
   */
  refresh(): Promise<State> {
    return this.#login.refresh();
  }

  /**
   * After an API has refused a credential, by its `id`: find another, and say whether to send the
   * request again. Not on behalf of somebody else, who has logged in since.
   *
   * @throws AuthError the server cannot say now. Whoever was logged in still is.
   */
  recover(refused: string | null): Promise<boolean> {
    return this.#login.recover(refused);
  }

  /**
   * After an API has wanted more than the login behind a credential: have it proved, and say whether to
   * send the request again.
   */
  stepUp(wanted: StepUp, refused: string | null): Promise<boolean> {
    return this.#login.stepUp(wanted, refused);
  }

  /** Ask the same server something else, where there is no GraphQL library. */
  request<Data>(query: string, variables: object = {}): Promise<Data> {
    return ask<Data>(this.#signedLine, { query, variables });
  }

  /** Stop listening to other tabs, and forget the access token. Nobody is logged out by that. */
  close(): void {
    this.#login.close();
  }

  get #forExternalLogins(): ExternalLoginClient {
    const [line, signedLine, login] = [this.#line, this.#signedLine, this.#login];
    return { transport: this.#transport, line, signedLine, login };
  }

  get #forPasskeys(): PasskeyClient {
    return {
      transport: this.#transport,
      enter: (document, variables) => this.#login.enter(document, variables),
      request: (document, variables) => this.request(document, variables),
      ask: (document, variables = {}) => this.#login.ask(document, variables),
      refresh: () => this.refresh(),
    };
  }
}
