/** Lists, of which the page has a template of a row. */

import { find } from "../page/find.ts";

/** A row; the texts of its slots are by their names. */
export interface Row {
  readonly slots: Readonly<Record<string, string>>;
  /** Of what the row's form is about. */
  readonly id?: string;
  /** What its button does, for those who do not see the row. */
  readonly action?: string;
  /** Whether there is nothing to be done about it. */
  readonly isOver?: boolean;
}

/** Fill a list. */
export function list(name: string, rows: readonly Row[]): void {
  const { content } = find<HTMLTemplateElement>(`#${name}-row`);
  find(`#${name}-list`).replaceChildren(...rows.map((row) => fill(content, row)));
}

function fill(template: DocumentFragment, { slots, id = "", action = "", isOver = false }: Row) {
  const row = template.cloneNode(true) as DocumentFragment;
  for (const [slot, text] of Object.entries(slots)) {
    find(`[data-slot=${slot}]`, row).textContent = text;
  }
  for (const form of row.querySelectorAll("form")) {
    find<HTMLInputElement>("[name=id]", form).value = id;
    find("button", form).ariaLabel = action;
    form.hidden = isOver;
  }
  return row;
}
