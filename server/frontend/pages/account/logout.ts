/** Logging out, in every tab. */

import { pageUrl } from "../page/address.ts";
import { auth } from "../page/auth.ts";

export async function logout(): Promise<void> {
  await auth.logout();
  location.replace(pageUrl("login"));
}
