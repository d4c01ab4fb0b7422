/** Whose account it is: name, address, and the language of mails. */

import { find } from "../page/find.ts";
import { succeed } from "../page/outcome.ts";
import { accepted, REFUSED } from "../page/refusal.ts";
import type {
  MeQuery,
  UpdateProfileMutation,
  UpdateProfileMutationVariables,
} from "../page/schema.ts";
import { ask } from "./ask.ts";

const ME = /* GraphQL */ `
  query Me {
    me { email name emailVerified locale }
  }
`;

const UPDATE_PROFILE = /* GraphQL */ `
  mutation UpdateProfile($name: String, $locale: String) {
    updateProfile(name: $name, locale: $locale) { ...Refused }
  }
  ${REFUSED}
`;

/** Write it wherever the page says so: into fields and into texts. */
export async function showPerson(): Promise<void> {
  const { me } = await ask<MeQuery>(ME);
  const { email, name, locale, emailVerified } = accepted(me);
  const person: Readonly<Record<string, string | null>> = { email, name, locale };
  for (const slot of document.querySelectorAll<HTMLElement>("[data-person]")) {
    const value = person[slot.dataset["person"] ?? ""] ?? "";
    if (slot instanceof HTMLInputElement || slot instanceof HTMLSelectElement) slot.value = value;
    else slot.textContent = value;
  }
  find("#greeting").textContent = name || email;
  find("#unverified").hidden = emailVerified;
}

export async function updateProfile(form: HTMLFormElement, values: UpdateProfileMutationVariables) {
  accepted((await ask<UpdateProfileMutation>(UPDATE_PROFILE, values)).updateProfile);
  await showPerson();
  succeed(form, "done");
}
