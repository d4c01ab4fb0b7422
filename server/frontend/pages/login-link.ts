/** Where the link leads that logs in. */

import { enter } from "./page/address.ts";
import { auth } from "./page/auth.ts";
import { begin } from "./page/begin.ts";
import { accepted } from "./page/refusal.ts";

begin({ loginWithLink });

async function loginWithLink(_: HTMLFormElement, { token }: { readonly token: string }) {
  accepted(await auth.loginWithLink(token));
  enter();
}
