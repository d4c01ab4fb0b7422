import { parsed } from "./ask.js";
import type { Credential } from "./credential.js";
import type { StepUp } from "./errors.js";
import { mutationFields, type Remedy, remedyFor } from "./remedy.js";

/** Gives what requests are sent with, and other ones for those that were refused. */
export interface Signer {
  credential(): Promise<Credential>;
  recover(refused: string | null): Promise<boolean>;
  stepUp(wanted: StepUp, refused: string | null): Promise<boolean>;
}

/**
 * `fetch` as whoever is logged in, which sends a request again if nothing of it was done: once if the
 * token was refused, and once if more had to be proved.
 *
 * @param signers of each origin that may know who that is
 */
export function signing(signers: ReadonlyMap<string, Signer>, send: typeof fetch) {
  return async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const signer = signers.get(originOf(input));
    if (!signer || headersOf(input, init).has("Authorization")) return send(input, init);
    const sign = (credential: Credential) => {
      const copy = input instanceof Request ? input.clone() : input;
      return send(copy, signed(copy, init, credential));
    };
    let credential = await signer.credential();
    let response = await sign(credential);
    if (!credential.id || isReadOnce(init)) return response;
    let remedy = await remedyOf(response, init, credential);
    if (remedy === "token") {
      if (!(await signer.recover(credential.id))) return response;
      credential = await signer.credential();
      if (!credential.id) return response;
      response = await sign(credential);
      remedy = await remedyOf(response, init, credential);
    }
    if (!remedy || remedy === "token" || !(await signer.stepUp(remedy, credential.id)))
      return response;
    const proved = await signer.credential();
    return proved.id ? sign(proved) : response;
  };
}

function originOf(input: RequestInfo | URL): string {
  return new URL(input instanceof Request ? input.url : input, globalThis.location?.href).origin;
}

function headersOf(input: RequestInfo | URL, init: RequestInit): Headers {
  return new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined));
}

function signed(
  input: RequestInfo | URL,
  init: RequestInit,
  { headers: added, isCookie }: Credential,
): RequestInit {
  if (isCookie) return { ...init, credentials: "include" };
  const headers = headersOf(input, init);
  for (const [name, value] of Object.entries(added)) headers.set(name, value);
  return { ...init, headers };
}

function isReadOnce({ body }: RequestInit): boolean {
  return typeof ReadableStream === "function" && body instanceof ReadableStream;
}

async function remedyOf(
  response: Response,
  { body }: RequestInit,
  { isCookie }: Credential,
): Promise<Remedy | null> {
  const isUnauthorized = response.status === 401;
  const challenge = isUnauthorized && challengeIn(response.headers.get("WWW-Authenticate"));
  if (challenge) return challenge;
  const isJson = /[/+]json\b/.test(response.headers.get("Content-Type") ?? "");
  const text = isJson ? await response.clone().text() : "";
  const remedy = text.includes("UNAUTHENTICATED")
    ? remedyFor(parsed(text), fieldsOf(body), isCookie)
    : null;
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
