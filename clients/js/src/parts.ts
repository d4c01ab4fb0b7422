/** Parts of the client that are used by few, and loaded when they are. */

import { AuthError } from "./errors.js";

export const passkeys = () => loaded(() => import("./passkeys.js"));
export const externalLogins = () => loaded(() => import("./external-logins.js"));

async function loaded<Part>(load: () => Promise<Part>): Promise<Part> {
  try {
    return await load();
  } catch (cause) {
    throw new AuthError("NETWORK_ERROR", "A part of the page was not loaded.", null, { cause });
  }
}
