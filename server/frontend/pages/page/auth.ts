/** Who logs in, or is logged in, in this browser: the access token is in memory, here and only here. */

import { Auth } from "client/auth.ts";
import type { AuthOptions } from "client/auth-options.ts";
import { SERVER } from "./server.ts";

/** How a login is held, as the service wants it: in `SESSION` there is no token here at all. */
const transport = document.body.dataset["transport"] as NonNullable<AuthOptions["transport"]>;

export const auth = new Auth({ ...SERVER, transport });
