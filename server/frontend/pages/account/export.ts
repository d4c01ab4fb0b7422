/** All that is stored, as a file. */

import { AuthError } from "client/errors.ts";
import { download } from "../page/download.ts";
import { succeed } from "../page/outcome.ts";
import type { AccountExportQuery, AccountExportQueryVariables } from "../page/schema.ts";
import { ask } from "./ask.ts";

const ACCOUNT_EXPORT = /* GraphQL */ `
  query AccountExport($after: String) {
    accountExport(after: $after)
  }
`;

/** A page of an export: lists, facts, and what the next page is asked for with. */
type Page = { readonly [name: string]: unknown; readonly next: string | null };

export async function accountExport(form: HTMLFormElement) {
  let page = await askFor();
  let whole = page;
  while (page.next !== null) {
    page = await askFor(page.next);
    whole = joined(whole, page);
  }
  download("account.json", "application/json", JSON.stringify(whole, null, 2));
  succeed(form, "done");
}

/** A page; whoever has more of them than may be asked for in a minute waits for the rest. */
async function askFor(after: string | null = null): Promise<Page> {
  const variables: AccountExportQueryVariables = { after };
  try {
    return (await ask<AccountExportQuery>(ACCOUNT_EXPORT, variables)).accountExport as Page;
  } catch (error) {
    const wait = error instanceof AuthError ? error.retryAfter : null;
    if (after === null || wait === null) throw error;
    await new Promise((done) => setTimeout(done, wait * 1000));
    return askFor(after);
  }
}

/** One page behind the other: what is a list goes on. */
function joined(before: Page, page: Page): Page {
  const lists = Object.entries(page).flatMap(([name, rows]) =>
    Array.isArray(rows) ? [[name, [...(before[name] as unknown[]), ...rows]]] : [],
  );
  return { ...before, ...Object.fromEntries(lists), next: page.next };
}
