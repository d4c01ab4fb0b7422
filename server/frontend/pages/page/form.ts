/**
 * Forms: each does one thing, which is named by its `data-act`, when its button is pressed and never
 * before. A mail scanner that opens a link, and runs this, has used nothing up.
 */

import { linkToken } from "./address.ts";
import { find } from "./find.ts";
import { outcomeOf, tell } from "./outcome.ts";
import { factsOf } from "./refusal.ts";
import { explain, type Facts, say } from "./texts.ts";

/**
 * What a form does with its values, which are the variables of an operation: its fields are named like
 * them. Throws what it is refused with.
 */
export type Act = (form: HTMLFormElement, values: never) => Promise<void>;

type Field = HTMLInputElement | HTMLSelectElement;

/** The field that a refusal is about, where the refusal does not say. */
const FIELD_OF: Readonly<Record<string, string>> = {
  INVALID_CREDENTIALS: "[autocomplete=current-password]",
  WEAK_PASSWORD: "[autocomplete=new-password]",
  EMAIL_TAKEN: "[name=email]",
  INVALID_PROOF: "[name]:not([type=hidden])",
};

const busy = new WeakSet<HTMLFormElement>();

/** Whether a form does something with the token of a link. */
export const needsToken = (form: HTMLFormElement): boolean => form.dataset["token"] !== undefined;

/** Do what a form does, once at a time, and say what it is refused with. */
export async function submit(form: HTMLFormElement, act: Act): Promise<void> {
  if (busy.has(form)) return;
  for (const field of fieldsOf(form)) field.removeAttribute("aria-invalid");
  tell(outcomeOf(form), "");
  if (!isComplete(form)) return;
  busy.add(form);
  form.ariaBusy = "true";
  const values = valuesOf(form);
  try {
    await act(form, values as never);
  } catch (error) {
    refuse(form, factsOf(error), values);
  } finally {
    busy.delete(form);
    form.ariaBusy = null;
  }
}

function valuesOf(form: HTMLFormElement): Readonly<Record<string, unknown>> {
  const typed = Object.fromEntries(new FormData(form));
  return needsToken(form) ? { ...typed, token: linkToken } : typed;
}

function fieldsOf(form: HTMLFormElement): Field[] {
  return [...form.querySelectorAll<Field>("input, select")];
}

function isComplete(form: HTMLFormElement): boolean {
  const missing = fieldsOf(form).find((field) => field.required && !field.value);
  if (missing) {
    tell(outcomeOf(form), say("required"), "error");
    point(missing);
  }
  return !missing;
}

function refuse(form: HTMLFormElement, facts: Facts, { email }: Readonly<Record<string, unknown>>) {
  const { act, step } = form.dataset;
  tell(outcomeOf(form), explain(facts, act, step), "error");
  const field = fieldsOf(form).find(({ name }) => name === facts.field);
  point(field ?? form.querySelector<Field>(FIELD_OF[facts.code] ?? ":not(*)"));
  if (typeof email === "string") offerHelp(facts.code, email);
}

function point(field: Field | null): void {
  field?.setAttribute("aria-invalid", "true");
  field?.focus();
}

/** Show the form that helps out of a refusal, for the same address. */
function offerHelp(code: string, email: string): void {
  const help = document.querySelector<HTMLFormElement>(`form[data-when="${code}"]`);
  if (!help) return;
  find<HTMLInputElement>("[name=email]", help).value = email;
  help.hidden = false;
}
