/** For a server that renders pages: it asks as its visitor, by the cookie that came with their request. */

import { ask, type Line, type LineOptions, lineTo } from "./ask.js";
import { type SetCookie, setCookie } from "./set-cookie.js";
import { loggedOut, type State, unknown } from "./state.js";
import { askWho } from "./who.js";

export type { SetCookie } from "./set-cookie.js";
export type { State } from "./state.js";

interface HeadersLike {
  get(name: string): string | null;
}

/** A request as it came, its headers, or the value of its `Cookie` alone. */
export type Visit = { readonly headers: HeadersLike } | HeadersLike | string | null | undefined;

export interface ForwardedOptions extends LineOptions {
  /** The GraphQL endpoint, whole: the only address that the cookie is sent to. */
  url: string;
  /**
   * What else is sent along, by default nothing: such as the visitor's `User-Agent`, and
   * `X-Forwarded-For` where the service trusts this server with it (`AUTHBERRY_TRUSTED_PROXIES`).
   */
  headers?: Readonly<Record<string, string>>;
}

/** A visitor, whose cookie is sent to one address, with each question. */
export interface Visitor {
  /** Who they are: for the page, and for `initialState` of the client in it. */
  state(): Promise<State>;
  /**
   * Ask as them.
   *
   * @throws AuthError the server was not reached, or did not answer the question.
   */
  request<Data>(query: string, variables?: object): Promise<Data>;
  /**
   * For a GraphQL library, instead of `fetch`.
   *
   * @throws TypeError it is for another address.
   */
  readonly fetch: typeof fetch;
  /** What the answers have set, to be handed on: as after a login in a form's action. */
  readonly cookies: readonly SetCookie[];
}

/**
 * Ask as whoever has sent a request. Make one for each request, and keep none: it holds a secret.
 *
 * Nothing of the request goes along but its cookie. What a form's action changes has to come from a page
 * of yours, which is the framework's to make sure of: the service cannot see where a visitor comes from.
 */
export function forwarded(visit: Visit, options: ForwardedOptions): Visitor {
  const jar = cookieOf(visit);
  const set: SetCookie[] = [];
  const line = lineTo({ ...options, fetch: sending(jar, options, set) }, "omit");
  return {
    state: () => stateOf(line, jar),
    request: (query, variables = {}) => ask(line, { query, variables }),
    fetch: line.send,
    cookies: set,
  };
}

function cookieOf(visit: Visit): string | null {
  if (!visit || typeof visit === "string") return visit || null;
  return ("headers" in visit ? visit.headers : visit).get("Cookie");
}

async function stateOf(line: Line, jar: string | null): Promise<State> {
  if (!jar) return loggedOut(null);
  // A page that cannot be told is rendered all the same, and asks by itself.
  return askWho(line).catch(unknown);
}

/** `fetch` with a cookie, to one address; not with what only browsers have, which some servers refuse. */
function sending(
  jar: string | null,
  { url, headers: added, fetch: send = fetch }: ForwardedOptions,
  set: SetCookie[],
): typeof fetch {
  const allowed = withoutSearch(new URL(url));
  return async (input, init = {}) => {
    const asked = new URL(input instanceof Request ? input.url : input);
    if (withoutSearch(asked) !== allowed) {
      throw new TypeError(`The visitor's cookie is sent to ${url} alone.`);
    }
    const headers = new Headers(init.headers);
    headers.delete("Authorization");
    for (const [name, value] of Object.entries(added ?? {})) headers.set(name, value);
    if (jar) headers.set("Cookie", jar);
    const { method = "GET", body = null, signal = null } = init;
    // A cache would answer one visitor with what another was told; a redirect could lead elsewhere.
    const rest = { cache: "no-store", redirect: "manual" } as const;
    const response = await send(asked, { method, headers, body, signal, ...rest });
    set.push(...response.headers.getSetCookie().map(setCookie));
    return response;
  };
}

const withoutSearch = ({ origin, pathname }: URL): string => origin + pathname;
