import type { ClientOptions } from "graphql-ws";
import type { Auth } from "./index.js";

/**
 * Options for graphql-ws, whose server is one that Authberry is merged into:
 * `createClient({ url, ...socketAuth(auth) })`.
 *
 * It connects again with a fresh token when the socket closes with 4403 (the token has expired). After
 * 4401 it does not, and every tab learns that the session is over. With `SESSION` the browser opens it
 * with the cookie.
 */
export function socketAuth(auth: Auth): Pick<ClientOptions, "connectionParams" | "on"> {
  let sent: string | null = null;
  let recovering: Promise<unknown> = Promise.resolve();
  return {
    async connectionParams() {
      await recovering;
      const { id, headers } = await auth.credential();
      sent = id;
      return headers;
    },
    on: {
      closed(event) {
        const { code } = event as { code?: number };
        if (code !== 4401 && code !== 4403) return;
        recovering = auth.recover(sent).catch(() => undefined);
      },
    },
  };
}
