/** Setting up an app that shows codes, or a passkey; and the recovery codes, which are shown once. */

import type { Auth } from "client/auth.ts";
import { download } from "./download.ts";
import { find } from "./find.ts";
import { outcomeOf, succeed, tell } from "./outcome.ts";
import { drawQrCode } from "./qr-code.ts";
import { accepted, REFUSED } from "./refusal.ts";
import type { BeginTotpEnrollmentMutation, ConfirmTotpEnrollmentMutation } from "./schema.ts";
import { say } from "./texts.ts";

const BEGIN_TOTP_ENROLLMENT = /* GraphQL */ `
  mutation BeginTotpEnrollment($name: String!) {
    beginTotpEnrollment(name: $name) { ticket secret uri qrCode }
  }
`;

const CONFIRM_TOTP_ENROLLMENT = /* GraphQL */ `
  mutation ConfirmTotpEnrollment($code: String!, $ticket: String) {
    confirmTotpEnrollment(code: $code, ticket: $ticket) {
      ...Refused
      ... on FactorAdded { recoveryCodes }
    }
  }
  ${REFUSED}
`;

type Added = Awaited<ReturnType<Auth["registerPasskey"]>>;

/** Who sets it up: somebody who is logged in, or whose login waits for it. */
interface Person {
  ask<Data>(query: string, variables: object): Promise<Data>;
  registerPasskey(): Promise<Added>;
  /** Follows a factor, and the recovery codes if there were any, once they are kept. */
  added(): Promise<void>;
}

/** What the forms do that set factors up. */
export function settingUp({ ask, registerPasskey, added }: Person) {
  const app = find("#app");
  let ticket: string | null = null;

  async function beginTotpEnrollment() {
    const variables = { name: say("app.name") };
    const answer = await ask<BeginTotpEnrollmentMutation>(BEGIN_TOTP_ENROLLMENT, variables);
    const begun = accepted(answer.beginTotpEnrollment);
    ticket = begun.ticket;
    drawQrCode(begun.qrCode, find<never>("#app-qr"));
    find("#app-secret").textContent = begun.secret.replace(/(.{4})(?=.)/g, "$1 ");
    find<HTMLAnchorElement>("#app-uri").href = begun.uri;
    app.hidden = false;
    find("h2, h3", app).focus();
  }

  async function confirmTotpEnrollment(form: HTMLFormElement, { code }: { readonly code: string }) {
    const variables = { code: code.replace(/\s/g, ""), ticket };
    const answer = await ask<ConfirmTotpEnrollmentMutation>(CONFIRM_TOTP_ENROLLMENT, variables);
    const { recoveryCodes } = accepted(answer.confirmTotpEnrollment);
    form.reset();
    app.hidden = true;
    await follow(form, recoveryCodes);
  }

  async function addPasskey(form: HTMLFormElement) {
    const { recoveryCodes } = accepted(await registerPasskey());
    await follow(form, recoveryCodes);
  }

  async function follow(form: HTMLFormElement, codes: readonly string[] | null) {
    succeed(form, "done");
    if (codes) showCodes(codes);
    else await added();
  }

  async function keepCodes(form: HTMLFormElement) {
    hideCodes();
    tell(outcomeOf(form), "");
    await added();
  }

  return { beginTotpEnrollment, confirmTotpEnrollment, addPasskey, keepCodes };
}

/** Show recovery codes, and lead there: they are shown once, and nothing else can be begun before. */
export function showCodes(codes: readonly string[]): void {
  const items = codes.map((code) => {
    const item = document.createElement("li");
    item.textContent = code;
    return item;
  });
  find("#codes-list").replaceChildren(...items);
  find("#codes").hidden = false;
  find("#choices").hidden = true;
  find("#codes :is(h2, h3)").focus();
}

function hideCodes(): void {
  find("#codes-list").replaceChildren();
  find("#codes").hidden = true;
  find("#choices").hidden = false;
}

/** Print them: nothing else of the page is. */
export async function printCodes(): Promise<void> {
  print();
}

/** Hand them over as a file, a line each. */
export async function downloadCodes(): Promise<void> {
  const codes = [...document.querySelectorAll("#codes-list li")].map((item) => item.textContent);
  download("recovery-codes.txt", "text/plain", `${codes.join("\n")}\n`);
}
