/** Whether this browser has passkeys, and this page may use them. */

import { pageUrl } from "./address.ts";
import { find } from "./find.ts";

/** The hosts of pages that may; an IP address is none of them, since browsers take passkeys for names. */
const HOSTS = (document.body.dataset["passkeys"] ?? "").split(" ");

const isHere = HOSTS.includes(location.hostname);

/** Whether there are any here, and the server's JSON is read (WebAuthn level 3, section 5.1.8). */
export const hasPasskeys = (): boolean =>
  isHere && "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;

/** Which of these can be proved or set up here. */
export const usable = (factors: readonly string[]): readonly string[] =>
  hasPasskeys() ? factors : factors.filter((kind) => kind !== "PASSKEY");

/** Lead to the account at the name of this machine, where the page is at its address. */
export function pointElsewhere(): void {
  const account = new URL(pageUrl(""));
  account.hostname = HOSTS[0] ?? "";
  for (const hint of document.querySelectorAll<HTMLElement>("[data-elsewhere]")) {
    const link = find<HTMLAnchorElement>("a", hint);
    link.href = link.textContent = account.href;
    hint.hidden = isHere;
  }
}
