/** Accounts elsewhere that log in to this one: linked, and unlinked. */

import { BACK, fragment, pageUrl } from "../page/address.ts";
import { auth } from "../page/auth.ts";
import { find } from "../page/find.ts";
import { succeed, tell } from "../page/outcome.ts";
import { LEAVING, leaveFor, providerName } from "../page/providers.ts";
import { accepted, factsOf, REFUSED } from "../page/refusal.ts";
import type {
  IdentitiesQuery,
  UnlinkIdentityMutation,
  UnlinkIdentityMutationVariables,
} from "../page/schema.ts";
import { explain, moment, say } from "../page/texts.ts";
import { ask, askOnceProved, onceProved, whileTheirs } from "./ask.ts";
import { showEvents } from "./events.ts";
import { list } from "./list.ts";

const IDENTITIES = /* GraphQL */ `
  query Identities {
    identities { id provider email createdAt lastUsedAt }
  }
`;

const UNLINK_IDENTITY = /* GraphQL */ `
  mutation UnlinkIdentity($id: ID!) {
    unlinkIdentity(id: $id) { ...Refused }
  }
  ${REFUSED}
`;

type Identity = NonNullable<IdentitiesQuery["identities"]>[number];

export async function showIdentities(): Promise<void> {
  const identities = accepted((await ask<IdentitiesQuery>(IDENTITIES)).identities);
  list("identities", identities.map(rowOf));
  find("#no-identities").hidden = identities.length > 0;
  const canLink = document.querySelector("[data-act=linkIdentity]") !== null;
  find("section:has(> #identities)").hidden = !canLink && !identities.length;
}

function rowOf({ id, provider, email, createdAt, lastUsedAt }: Identity) {
  const name = providerName(provider);
  const when = moment(lastUsedAt ?? createdAt);
  return {
    values: { id },
    actions: { unlinkIdentity: say("unlink", { name, email: email ?? "" }) },
    slots: { name, email: email ?? "", used: say("factor.used", { when }) },
  };
}

export async function linkIdentity(
  _: HTMLFormElement,
  { provider }: { readonly provider: string },
): Promise<void> {
  const options = { intent: "LINK", returnTo: pageUrl("", BACK) } as const;
  await onceProved(() => leaveFor(provider, options));
  await LEAVING;
}

export async function unlinkIdentity(
  form: HTMLFormElement,
  values: UnlinkIdentityMutationVariables,
): Promise<void> {
  const answer = await askOnceProved<UnlinkIdentityMutation>(UNLINK_IDENTITY, values);
  accepted(answer.unlinkIdentity);
  succeed(form, "done");
  await Promise.all([showIdentities(), showEvents()]);
}

/** Complete what this page has left for, once it is back: a link, or one more proof. */
export async function comeBack(): Promise<void> {
  if (fragment !== BACK || auth.state.status !== "loggedIn") return;
  history.replaceState(null, "", location.pathname + location.search);
  const outcome = find("#identities ~ .outcome");
  try {
    const answer = await whileTheirs(() => auth.completeExternalLogin());
    if (!answer) return;
    const { __typename } = accepted(answer);
    await Promise.all([showIdentities(), showEvents()]);
    tell(outcome, say(__typename === "IdentityLinked" ? "linked" : "proved"), "done");
  } catch (error) {
    tell(outcome, explain(factsOf(error), "comeBack"), "error");
  }
  outcome.focus();
}
