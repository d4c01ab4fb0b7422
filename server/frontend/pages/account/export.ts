/** All that is stored, as a file. */

import { succeed } from "../page/outcome.ts";
import type { AccountExportQuery } from "../page/schema.ts";
import { ask } from "./ask.ts";

const ACCOUNT_EXPORT = /* GraphQL */ `
  query AccountExport {
    accountExport
  }
`;

export async function accountExport(form: HTMLFormElement) {
  download((await ask<AccountExportQuery>(ACCOUNT_EXPORT)).accountExport);
  succeed(form, "done");
}

function download(stored: unknown): void {
  const link = document.createElement("a");
  const content = JSON.stringify(stored, null, 2);
  link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  link.download = "account.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
