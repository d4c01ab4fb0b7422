/** What a page's script says, in the page's language. The texts come with the page. */

import { find } from "./find.ts";

export type Values = Readonly<Record<string, string | number>>;

/** What is told of a refusal: by the server as data or as an error, or by the client. */
export interface Facts {
  readonly code: string;
  readonly message: string;
  /** The argument that cannot be taken. */
  readonly field?: string | undefined;
  /** Why a password is refused, a sentence each. */
  readonly reasons?: readonly string[] | undefined;
  /** Why a login at a provider has failed. */
  readonly reason?: string | null | undefined;
  /** Seconds until it may be tried again. */
  readonly retryAfter?: number | null | undefined;
}

export const LANGUAGE = document.documentElement.lang;

const texts = new Map(
  [...find<HTMLTemplateElement>("#texts").content.querySelectorAll("p")].map((text) => [
    text.dataset["key"],
    text.textContent,
  ]),
);

/** The text of the first of these keys that has one, filled in. */
export function textOf(keys: readonly string[], values: Values = {}): string | undefined {
  const text = keys.map((key) => texts.get(key)).find((found) => found !== undefined);
  return text?.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** A text that is sure to be there. */
export function say(key: string, values?: Values): string {
  return textOf([key], values) ?? "";
}

/** Why an operation was refused, for people; in the server's words where the page has none. */
export function explain(facts: Facts, ...acts: readonly (string | undefined)[]): string {
  const { code, message, field, reason, reasons = [], retryAfter } = facts;
  const minutes = Math.max(1, Math.ceil((retryAfter ?? 0) / 60));
  const when = new Intl.RelativeTimeFormat(LANGUAGE).format(minutes, "minute");
  const keys = [...acts, field, reason].map((about) => `${code}.${about}`);
  const text = textOf([...keys, code], { when }) ?? message;
  return [text, ...reasons.map(reasonOf)].join(" ");
}

/** A time, as it is written in the page's language. */
export function moment(time: string): string {
  const style = { dateStyle: "medium", timeStyle: "short" } as const;
  return new Intl.DateTimeFormat(LANGUAGE, style).format(new Date(time));
}

/** The server gives its reasons in English, and the numbers in them are its own. */
function reasonOf(reason: string): string {
  const [number = ""] = /\d+/.exec(reason) ?? [];
  return textOf([reason.replace(/\d+/, "{number}")], { number }) ?? reason;
}
