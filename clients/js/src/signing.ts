import { parsed } from "./ask.js";
import { isTokenRefused } from "./errors.js";

/** Gives access tokens, and other ones for those that were refused. */
export interface Signer {
  accessToken(): Promise<string | null>;
  recover(refused: string | null): Promise<boolean>;
}

/** `fetch` with the access token, which tries again once if the token was refused. */
export function signing(signer: Signer, send: typeof fetch, origins: ReadonlySet<string>) {
  return async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const isOurs = origins.has(originOf(input)) && !headersOf(input, init).has("Authorization");
    const token = isOurs ? await signer.accessToken() : null;
    if (!token) return send(input, init);
    const again = input instanceof Request ? input.clone() : input;
    const response = await send(input, signed(input, init, token));
    if (isReadOnce(init) || !(await refusesToken(response, init))) return response;
    const another = (await signer.recover(token)) && (await signer.accessToken());
    return another ? send(again, signed(again, init, another)) : response;
  };
}

/** Whether no field was answered. A mutation of which one was must not be sent again. */
export function hasNothing(data: unknown): boolean {
  return Object.values(data ?? {}).every((value) => value === null);
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

async function refusesToken(response: Response, { body }: RequestInit): Promise<boolean> {
  if (response.status === 401) return true;
  if (!/[/+]json\b/.test(response.headers.get("Content-Type") ?? "")) return false;
  const text = await response.clone().text();
  if (!text.includes("UNAUTHENTICATED")) return false;
  const { data, errors } = parsed(text);
  const isQuery = typeof body === "string" && !/\bmutation\b/.test(body);
  return isTokenRefused(errors) && (isQuery || hasNothing(data));
}
