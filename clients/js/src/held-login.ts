import { Alarm } from "./alarm.js";
import { ask, type Line } from "./ask.js";
import type { Credential } from "./credential.js";
import { AuthError, type Code, type StepUp } from "./errors.js";
import { Holder } from "./holder.js";
import { type Document, LOGOUT } from "./operations.js";
import type * as schema from "./schema.js";
import type { Signer } from "./signing.js";
import { SingleFlight } from "./single-flight.js";
import type { State } from "./state.js";
import { type OnStepUp, StepUps } from "./step-ups.js";
import { type News, Tabs } from "./tabs.js";

/** The answers to a refresh that say that the session is over. Whatever else goes wrong, it may not be. */
const OVER: readonly string[] = [
  "RefreshTokenMissing",
  "RefreshTokenInvalid",
  "RefreshTokenExpired",
  "RefreshTokenReused",
  "SessionRevoked",
];

export type Granted = schema.GrantedFragment & { readonly __typename: "AuthPayload" };

/** Whoever is logged in, however that is held: found out, shared by this browser's tabs, and ended. */
export abstract class HeldLogin implements Signer {
  readonly holder: Holder;
  protected readonly line: Line;
  protected readonly tabs: Tabs;
  protected readonly alarm = new Alarm(() => this.freshen());
  readonly #refreshing = new SingleFlight(
    () => this.#refresh(),
    (retryAfter) => this.alarm.snooze(retryAfter),
  );
  readonly #stepUps: StepUps;

  /**
   * @param name what the tabs have in common
   * @param areShared whether other tabs hold the same
   */
  constructor(
    line: Line,
    onStepUp: OnStepUp | undefined,
    { name, areShared, state }: { name: string; areShared: boolean; state?: State | undefined },
  ) {
    this.line = line;
    this.holder = new Holder(state);
    this.tabs = new Tabs(`${name} ${line.url}`, areShared, (news) => this.hear(news));
    this.#stepUps = new StepUps(onStepUp, () => this.current.id);
  }

  /** What is at hand, however old. */
  abstract readonly current: Credential;

  /** Whether `credential()` would ask the server before it answers. */
  abstract readonly isStale: boolean;

  /** The access token at hand, however old. */
  abstract readonly currentAccessToken: string | null;

  /** Signs requests to services that know access tokens alone. */
  abstract readonly services: Signer;

  /** What the next request is sent with, renewed first if it has to be. */
  abstract credential(): Promise<Credential>;

  /** A good access token, or null; throws as `Auth.accessToken`. */
  abstract accessToken(): Promise<string | null>;

  /** Ask the server who is logged in, and hold that. */
  protected abstract exchange(): Promise<State>;

  /** Hold what a login or the like has ended with. */
  protected abstract accept(payload: Granted, askedAt: number): Promise<State>;

  /** Be told by another tab. */
  protected abstract hear(news: News): void;

  /** The page is looked at again, the network is back, or what has failed is to be tried again. */
  protected abstract freshen(): void;

  refresh(): Promise<State> {
    return this.#refreshing.join();
  }

  /** Find another credential than one that was refused; says whether it is of the same person. */
  async recover(refused: string | null): Promise<boolean> {
    if (!refused) return false;
    if (refused === this.current.id) await this.refresh();
    return this.holder.isTheirs(refused);
  }

  /** Have more proved than what is behind a credential; says whether it was, by the same person. */
  async stepUp(wanted: StepUp, refused: string | null): Promise<boolean> {
    if (!refused || !(await this.#stepUps.join(wanted, refused))) return false;
    return this.holder.isTheirs(refused);
  }

  ask<Data>(query: Document<Data>, variables: object, credential?: Credential): Promise<Data> {
    return ask<Data>(this.line, { query, variables, headers: credential?.headers });
  }

  /** Do what may end in a login, while no other tab does. */
  enter<Data extends object>(
    document: Document<Data>,
    variables: object,
    credential: () => Credential | undefined = () => undefined,
  ): Promise<Data> {
    return this.tabs.alone(async () => {
      const askedAt = Date.now();
      const data = await this.ask(document, variables, credential());
      const [answer] = Object.values(data);
      if (isGranted(answer)) await this.accept(answer, askedAt);
      return data;
    });
  }

  /** Do so on behalf of who is logged in; once more, if it was refused and that can be helped. */
  async enterAgain<Data extends object>(document: Document<Data>, variables: object) {
    const { id: refused } = await this.credential();
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
    return this.tabs.alone(async () => {
      await this.ask(LOGOUT, { refreshToken: await this.kept() }, this.current);
      await this.end(null);
    });
  }

  close(): void {
    this.tabs.close();
    this.alarm.close();
    this.holder.close();
  }

  /** The refresh token, where the program keeps it itself. */
  protected async kept(): Promise<string | null> {
    return null;
  }

  /** Nobody is logged in any more. */
  protected async end(reason: Code | null): Promise<State> {
    this.tabs.tell({ kind: "ended", session: this.holder.sessionId, reason });
    return this.forget(reason);
  }

  protected forget(reason: Code | null): State {
    this.alarm.clear();
    return this.holder.forget(reason);
  }

  #refresh(): Promise<State> {
    const before = this.holder.state;
    return this.tabs.alone(async () => {
      // Another tab has done it meanwhile.
      if (this.holder.state !== before) return this.holder.state;
      return this.exchange();
    });
  }
}

export function isGranted(
  answer: { readonly __typename?: string } | null | undefined,
): answer is Granted {
  return answer?.__typename === "AuthPayload";
}

/**
 * With which code an answer to `refreshToken` says that the session is over; null if it is a token.
 *
 * @throws AuthError it says something else, which may pass.
 */
export function overBy(answer: schema.RefreshTokenMutation["refreshToken"]): Code | null {
  if (answer.__typename === "AuthPayload") return null;
  if (OVER.includes(answer.__typename)) return answer.code;
  const retryAfter = "retryAfter" in answer ? answer.retryAfter : null;
  throw new AuthError(answer.code, answer.message, retryAfter);
}

/** @throws AuthError what is at hand by now is somebody else's, who has logged in since. */
export function requireSamePerson(isSame: boolean): void {
  if (!isSame) throw new AuthError("UNAUTHENTICATED", "Somebody else has logged in.");
}
