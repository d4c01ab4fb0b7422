import type { GrantedFragment } from "../src/index.js";

/** What a server answers instead of what was asked for. */
export type Trouble = (signal: AbortSignal | null | undefined) => Promise<Response> | Response;

export const json = (body: unknown, status = 200) => Response.json(body, { status });
export const refuse = (__typename: string, more: object = {}) =>
  json({ data: { refreshToken: { __typename, code: "CODE", message: "No.", ...more } } });

const GRANTING = [
  "login",
  "loginWithLink",
  "register",
  "refreshToken",
  "changePassword",
  "completeLogin",
  "reauthenticate",
  "loginWithPasskey",
  "completeExternalLogin",
  "confirmAccountLink",
];

/** A server of one session, as the network shows it; it counts, and can be in trouble. */
export class Server {
  readonly asked: string[] = [];
  readonly signatures: (string | null)[] = [];
  readonly variables: Readonly<Record<string, unknown>>[] = [];
  user = "ada";
  /** Seconds that an access token lives. */
  lifetime = 300;
  /** Whether refresh tokens come back as they were sent, as within the window. */
  repeats = false;
  #issued = 0;
  #good = new Set<string>();
  #trouble: (Trouble | null)[] = [];

  readonly fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    init.signal?.throwIfAborted();
    const request = new Request(input, init);
    const signature = request.headers.get("Authorization");
    const { query = "", variables = {} } = await request.json().catch(() => ({}));
    const field = /\{\s*(\w+)/.exec(query)?.[1] ?? new URL(request.url).pathname;
    this.asked.push(field);
    this.signatures.push(signature);
    this.variables.push(variables);
    // As long as a network takes.
    await new Promise((resolve) => setTimeout(resolve, 1));
    const trouble = this.#trouble.shift();
    if (trouble) return trouble(init.signal);
    return this.#answer(field, variables, signature);
  };

  /** Be in trouble with the next requests, one each; null is for one that goes well. */
  next(...trouble: (Trouble | null)[]): void {
    this.#trouble.push(...trouble);
  }

  /** Take no access token that was issued so far, as after a change of keys. */
  forgetTokens(): void {
    this.#good.clear();
  }

  count(field: string): number {
    return this.asked.filter((asked) => asked === field).length;
  }

  #answer(
    field: string,
    { transport, refreshToken }: Record<string, string>,
    signature: string | null,
  ) {
    if (field === "logout") return json({ data: { logout: { ok: true } } });
    if (GRANTING.includes(field)) {
      const isBody = transport === "BODY" || !!refreshToken;
      const payload = { __typename: "AuthPayload", ...this.#grant(isBody) };
      const same = this.repeats && refreshToken ? { refreshToken } : {};
      return json({ data: { [field]: { ...payload, ...same } } });
    }
    if (!this.#good.has(signature ?? ""))
      return json({ data: { [field]: null }, errors: [expired] });
    return json({ data: { [field]: { id: this.user } } });
  }

  #grant(isBody: boolean): GrantedFragment {
    this.#issued += 1;
    const accessToken = `access-${this.#issued}`;
    this.#good.add(`Bearer ${accessToken}`);
    const refreshToken = isBody ? `refresh-${this.#issued}` : null;
    return { ...granted(this.user, accessToken, this.lifetime), refreshToken };
  }
}

/** What a login ends with. */
export function granted(user: string, accessToken: string, lifetime = 300): GrantedFragment {
  const at = "2026-01-01T00:00:00Z";
  return {
    accessToken,
    expiresIn: lifetime,
    expiresAt: at,
    refreshToken: null,
    user: {
      id: user,
      email: `${user}@example.com`,
      name: null,
      emailVerified: false,
      roles: [],
      createdAt: at,
    },
    session: {
      id: `session-of-${user}`,
      current: true,
      createdAt: at,
      lastUsedAt: at,
      expiresAt: at,
      userAgent: null,
      ipAddress: null,
    },
  };
}

/** A refusal of the field that wants more than the login has. */
export const wanting = (...path: string[]) => ({
  message: "Prove once more who you are.",
  path,
  extensions: {
    code: "UNAUTHENTICATED",
    reason: "STEP_UP_REQUIRED",
    acrValues: ["aal2"],
    maxAge: 300,
  },
});

export const expired = {
  message: "The access token has expired.",
  extensions: { code: "UNAUTHENTICATED", reason: "TOKEN_EXPIRED" },
};
