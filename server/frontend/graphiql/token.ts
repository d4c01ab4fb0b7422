/** What an access token says, and whether it was signed by one of the published keys. */

/** The two parts of a token that can be read. */
export interface Decoded {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
}

/** What came of checking a signature: null if this page cannot tell. */
export interface Verdict {
  valid: boolean | null;
  reason: string;
}

type Key = JsonWebKey & { kid?: string };

const KEYS = new URL(".well-known/jwks.json", document.baseURI);
const ALGORITHMS: Readonly<
  Record<string, EcKeyImportParams & EcdsaParams & RsaHashedImportParams>
> = {
  ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  EdDSA: { name: "Ed25519", namedCurve: "Ed25519", hash: "SHA-512" },
  RS256: { name: "RSASSA-PKCS1-v1_5", namedCurve: "", hash: "SHA-256" },
};

/** Read a token, whoever made it. */
export function decode(token: string): Decoded {
  const [header = "", claims = ""] = token.split(".");
  return { header: object(header), claims: object(claims) };
}

/** Check a token's signature against the keys that the service publishes. */
export async function verify(token: string): Promise<Verdict> {
  const { header } = decode(token);
  const algorithm = ALGORITHMS[String(header["alg"])];
  if (!algorithm)
    return { valid: null, reason: `${String(header["alg"])} needs the server's secret` };
  if (!globalThis.crypto?.subtle) return { valid: null, reason: "only with https or on localhost" };
  const key = await find(String(header["kid"]));
  if (!key) return { valid: false, reason: "no published key has its name" };
  const [head = "", body = "", signature = ""] = token.split(".");
  const signed = new TextEncoder().encode(`${head}.${body}`);
  const usable = await crypto.subtle.importKey("jwk", bare(key), algorithm, false, ["verify"]);
  const valid = await crypto.subtle.verify(algorithm, usable, bytes(signature), signed);
  return { valid, reason: "by the published key" };
}

/** The key of that name; one that the browser's copy does not have yet is asked for. */
async function find(kid: string): Promise<Key | undefined> {
  for (const cache of ["default", "reload"] as const) {
    const response = await fetch(KEYS, { cache });
    const { keys } = (await response.json()) as { keys: Key[] };
    const key = keys.find((each) => each.kid === kid);
    if (key) return key;
  }
  return undefined;
}

/** The key without what it says of its use, which browsers do not spell alike. */
function bare({ kty, crv, x, y, n, e }: Key): JsonWebKey {
  return Object.fromEntries(
    Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined),
  );
}

function object(part: string): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(bytes(part))) as Record<string, unknown>;
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
