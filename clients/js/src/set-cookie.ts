/** A cookie that an answer has set, for whichever way a framework sets one. */
export interface SetCookie {
  /** The header's value as it came: `headers.append("Set-Cookie", header)`. */
  readonly header: string;
  readonly name: string;
  readonly value: string;
  /** Its attributes by the names that frameworks have for them: `cookies.set(name, value, options)`. */
  readonly options: SetCookieOptions;
}

export interface SetCookieOptions {
  path: string;
  domain?: string;
  /** Seconds; 0 deletes it. */
  maxAge?: number;
  httpOnly: boolean;
  secure: boolean;
  sameSite?: "lax" | "strict" | "none";
  partitioned?: boolean;
}

/** Read the value of a `Set-Cookie` of the service (RFC 6265, section 4.1). */
export function setCookie(header: string): SetCookie {
  const [pair = "", ...attributes] = header.split(";").map((part) => part.trim());
  const [name, value] = halves(pair);
  const given = new Map(attributes.map(halves).map(([key, text]) => [key.toLowerCase(), text]));
  const options: SetCookieOptions = {
    path: given.get("path") ?? "/",
    httpOnly: given.has("httponly"),
    secure: given.has("secure"),
  };
  const [domain, maxAge, sameSite] = ["domain", "max-age", "samesite"].map((key) => given.get(key));
  if (domain) options.domain = domain;
  if (maxAge) options.maxAge = Number(maxAge);
  if (sameSite) options.sameSite = sameSite.toLowerCase() as "lax" | "strict" | "none";
  if (given.has("partitioned")) options.partitioned = true;
  // So Python writes one that is deleted.
  return { header, name, value: value === '""' ? "" : value, options };
}

function halves(text: string): [string, string] {
  const at = text.indexOf("=");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
