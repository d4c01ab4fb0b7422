/** Where the link leads that logs in. */

import { auth } from "./page/auth.ts";
import { begin } from "./page/begin.ts";
import { enter } from "./page/entering.ts";
import { accepted } from "./page/refusal.ts";

begin({ loginWithLink });

async function loginWithLink(_: HTMLFormElement, { token }: { readonly token: string }) {
  enter(accepted(await auth.loginWithLink(token)));
}
