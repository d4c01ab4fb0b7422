import { parsed } from "./ask.js";
import type { StepUp } from "./errors.js";
import { mutationFields, type Remedy, remedyFor } from "./remedy.js";

/** Gives access tokens, and other ones for those that were refused. */
export interface Signer {
  accessToken(): Promise<string | null>;
  recover(refused: string | null): Promise<boolean>;
  stepUp(wanted: StepUp, refused: string | null): Promise<boolean>;
}

/**
 * `fetch` with the access token, which sends a request again if nothing of it was done: once if the
 * token was refused, and once if more had to be proved.
 */
export function signing(signer: Signer, send: typeof fetch, origins: ReadonlySet<string>) {
  return async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const isOurs = origins.has(originOf(input)) && !headersOf(input, init).has("Authorization");
    let token = isOurs ? await signer.accessToken() : null;
    if (!token) return send(input, init);
    const sign = (accessToken: string) => {
      const copy = input instanceof Request ? input.clone() : input;
      return send(copy, signed(copy, init, accessToken));
    };
    let response = await sign(token);
    if (isReadOnce(init)) return response;
    let remedy = await remedyOf(response, init);
    if (remedy === "token") {
      token = (await signer.recover(token)) ? await signer.accessToken() : null;
      if (!token) return response;
      response = await sign(token);
      remedy = await remedyOf(response, init);
    }
    if (!remedy || remedy === "token" || !(await signer.stepUp(remedy, token))) return response;
    const proved = await signer.accessToken();
    return proved ? sign(proved) : response;
  };
}

function originOf(input: RequestInfo | URL): string {
  return new URL(input instanceof Request ? input.url : input, globalThis.location?.href).origin;
}

function headersOf(input: RequestInfo | URL, init: RequestInit): Headers {
  return new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined));
}

function signed(input: RequestInfo | URL, init: RequestInit, token: string): RequestInit {
  const headers = headersOf(input, init);
  headers.set("Authorization", `Bearer ${token}`);
  return { ...init, headers };
}

function isReadOnce({ body }: RequestInit): boolean {
  return typeof ReadableStream === "function" && body instanceof ReadableStream;
}

async function remedyOf(response: Response, { body }: RequestInit): Promise<Remedy | null> {
  const isUnauthorized = response.status === 401;
  const challenge = isUnauthorized && challengeIn(response.headers.get("WWW-Authenticate"));
  if (challenge) return challenge;
  const isJson = /[/+]json\b/.test(response.headers.get("Content-Type") ?? "");
  const text = isJson ? await response.clone().text() : "";
  const remedy = text.includes("UNAUTHENTICATED") ? remedyFor(parsed(text), fieldsOf(body)) : null;
  return remedy ?? (isUnauthorized ? "token" : null);
}

/** What an API wants that is not GraphQL, or that says it so as well (RFC 9470, section 3). */
function challengeIn(header: string | null): StepUp | null {
  if (!header?.includes("insufficient_user_authentication")) return null;
  const parameter = (name: string) => new RegExp(`${name}="?([^",]*)`).exec(header)?.[1];
  const age = parameter("max_age");
  return { acrValues: parameter("acr_values")?.split(" ") ?? [], maxAge: age ? Number(age) : null };
}

/** How many fields of a request change something; infinitely many where that cannot be seen. */
function fieldsOf(body: BodyInit | null | undefined): number {
  const { query } = (typeof body === "string" ? parsed(body) : {}) as { query?: unknown };
  return typeof query === "string" ? mutationFields(query) : Number.POSITIVE_INFINITY;
}
