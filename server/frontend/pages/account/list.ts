/** Lists, of which the page has a template of a row. */

import { find } from "../page/find.ts";

/** A row; the texts of its slots are by their names. */
export interface Row {
  readonly slots: Readonly<Record<string, string>>;
  /** What stands in the fields of its forms, by their names. */
  readonly values?: Readonly<Record<string, string>>;
  /** What the button of each form does, for those who do not see the row. */
  readonly actions?: Readonly<Record<string, string>>;
  /** Whether there is nothing to be done about it. */
  readonly isOver?: boolean;
}

/** Fill a list. */
export function list(name: string, rows: readonly Row[]): void {
  const { content } = find<HTMLTemplateElement>(`#${name}-row`);
  find(`#${name}-list`).replaceChildren(...rows.map((row) => fill(content, row)));
}

function fill(template: DocumentFragment, row: Row): DocumentFragment {
  const { slots, values = {}, actions = {}, isOver = false } = row;
  const filled = template.cloneNode(true) as DocumentFragment;
  for (const [slot, text] of Object.entries(slots)) {
    find(`[data-slot=${slot}]`, filled).textContent = text;
  }
  for (const form of filled.querySelectorAll("form")) {
    for (const field of form.querySelectorAll("input")) field.value = values[field.name] ?? "";
    find("button", form).ariaLabel = actions[form.dataset["act"] ?? ""] ?? null;
    form.hidden = isOver;
  }
  return filled;
}
