/** Whether this browser has passkeys, and this page may use them. */

/** The hosts of pages that may; an IP address is none of them, since browsers take passkeys for names. */
const HOSTS = (document.documentElement.dataset["passkeys"] ?? "").split(" ");

const isHere = HOSTS.includes(location.hostname);

/** Whether there are any here, and the server's JSON is read (WebAuthn level 3, section 5.1.8). */
export const hasPasskeys = (): boolean =>
  isHere && "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;

/** Which of these can be proved or set up here. */
export const usable = (factors: readonly string[]): readonly string[] =>
  hasPasskeys() ? factors : factors.filter((kind) => kind !== "PASSKEY");

/** Say where passkeys are to be had, if not at this address. */
export function pointElsewhere(): void {
  for (const hint of document.querySelectorAll<HTMLElement>("[data-elsewhere]")) {
    hint.hidden = isHere;
  }
}
