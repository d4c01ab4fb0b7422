/** Who logs in, or is logged in, in this browser: the access token is in memory, here and only here. */

import { Auth } from "client/auth.ts";
import { SERVER } from "./server.ts";

export const auth = new Auth(SERVER);
