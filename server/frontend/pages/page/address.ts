/** What this page was opened with, and where the others are. */

/** As it was: the token of a link is taken out of the address at once. */
export const fragment = location.hash;

/** What the account's address ends with when it comes back from a provider. */
export const BACK = "#back";

/** The token of a mailed link, which stands in the fragment, that no browser sends. */
export const linkToken = new URLSearchParams(fragment.slice(1)).get("token");

/** The address of another page, in the language of this one. */
export function pageUrl(name: string, hash = ""): string {
  return new URL(`${name || "./"}${location.search}${hash}`, location.href).href;
}

/** Go on to another page, with what this one came with, unless that was the token of a link. */
export function go(name: string): void {
  location.assign(pageUrl(name, linkToken === null ? fragment : ""));
}

/** Take the token of a link out of the address, where others may read it. */
export function hideToken(): void {
  if (linkToken) history.replaceState(null, "", location.pathname + location.search);
}
