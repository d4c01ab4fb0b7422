/** How a request is sent as whoever is logged in, and what it is known by if it is refused. */
export interface Credential {
  /** The access token; or, of a cookie that no script can read, which one it is. Null: as nobody. */
  readonly id: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the browser sends it by itself, if it is let. */
  readonly isCookie: boolean;
}

/** An access token (RFC 6750). */
export const bearer = (token: string | null): Credential => ({
  id: token,
  headers: token ? { Authorization: `Bearer ${token}` } : {},
  isCookie: false,
});

/** A cookie, whichever it is. */
export const cookie = (id: string | null): Credential => ({ id, headers: {}, isCookie: true });
