/** Saying what became of a form, where a screen reader hears it. */

import { find } from "./find.ts";
import { textOf, type Values } from "./texts.ts";

type Kind = "done" | "error" | "";

/** Where it is said what becomes of a form. */
export const outcomeOf = (form: HTMLFormElement): HTMLElement =>
  find(".outcome", form.closest("section") ?? document);

/** Say something in such a place, in place of what was said before. */
export function tell(outcome: HTMLElement, text: string, kind: Kind = ""): void {
  outcome.dataset["kind"] = kind;
  outcome.textContent = text;
}

/** A text about what this form does, or else about any. */
export function textFor(form: HTMLFormElement, key: string, values?: Values): string {
  return textOf([`${key}.${form.dataset["act"]}`, key], values) ?? "";
}

/** Say that it is done. */
export function succeed(form: HTMLFormElement, key: string, values?: Values): void {
  tell(outcomeOf(form), textFor(form, key, values), "done");
  // What was pressed may be gone.
  if (!form.isConnected || form.hidden) outcomeOf(form).focus();
}

/** Say that it is done, in place of the form. */
export function finish(form: HTMLFormElement, key: string, values?: Values): void {
  form.hidden = true;
  succeed(form, key, values);
}
