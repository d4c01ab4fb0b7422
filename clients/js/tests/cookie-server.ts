import { granted, json, type Trouble } from "./server.js";

const ENTRIES = [
  "login",
  "loginWithLink",
  "register",
  "completeLogin",
  "completeExternalLogin",
  "loginWithPasskey",
  "changePassword",
];

/** A server of sessions that a cookie alone stands for, and the jar of the one browser that asks it. */
export class CookieServer {
  readonly asked: string[] = [];
  readonly requests: Request[] = [];
  readonly variables: Readonly<Record<string, unknown>>[] = [];
  /** Whom the cookie in the jar stands for; null where it is gone. */
  user: string | null = null;
  /** What the next login is of. */
  next = "ada";
  /** Seconds that an access token lives. */
  lifetime = 300;
  /** Why nobody is known to be asking. */
  reason = "TOKEN_MISSING";
  #issued = 0;
  #trouble: Trouble[] = [];

  readonly fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    init.signal?.throwIfAborted();
    const request = new Request(input, init);
    const { query = "", variables = {} } = await request
      .clone()
      .json()
      .catch(() => ({}));
    const field = /^\s*query Who/.test(query)
      ? "who"
      : (/\{\s*(\w+)/.exec(query)?.[1] ?? new URL(request.url).pathname);
    this.asked.push(field);
    this.requests.push(request);
    this.variables.push(variables);
    await new Promise((resolve) => setTimeout(resolve, 1));
    const trouble = this.#trouble.shift();
    return trouble ? trouble(init.signal) : this.#answer(field, request);
  };

  /** Be in trouble with the next requests, one each. */
  trouble(...trouble: Trouble[]): void {
    this.#trouble.push(...trouble);
  }

  /** End the session, as from another device. */
  end(): void {
    this.user = null;
    this.reason = "SESSION_REVOKED";
  }

  count(field: string): number {
    return this.asked.filter((asked) => asked === field).length;
  }

  #answer(field: string, request: Request): Response {
    if (ENTRIES.includes(field)) this.user = this.next;
    if (field === "logout") this.user = null;
    if (field === "logout") return json({ data: { logout: { ok: true } } });
    if (field === "beginPasskeyLogin") return json({ data: { [field]: { options: {} } } });
    const signature = request.headers.get("Authorization");
    const isKnown = request.credentials === "include" || signature;
    if (!this.user || !isKnown) return this.refuse(field);
    const { user, session, ...tokens } = granted(this.user, "", this.lifetime);
    if (field === "who") return json({ data: { me: user, session } });
    if (![...ENTRIES, "reauthenticate", "refreshToken"].includes(field)) {
      return json({ data: { [field]: { id: this.user } } });
    }
    this.#issued += 1;
    const accessToken = `access-${this.#issued}`;
    const payload = { __typename: "AuthPayload", ...tokens, accessToken, user, session };
    return json({ data: { [field]: payload } });
  }

  readonly refuse = (field: string): Response => {
    if (field === "refreshToken") {
      const refusal = {
        __typename: "SessionRevoked",
        code: "SESSION_REVOKED",
        message: "It is over.",
      };
      return json({ data: { refreshToken: refusal } });
    }
    const extensions = { code: "UNAUTHENTICATED", reason: this.reason };
    const data = field === "who" ? { me: null, session: null } : { [field]: null };
    return json({ data, errors: [{ message: "Log in.", path: [field], extensions }] });
  };
}
