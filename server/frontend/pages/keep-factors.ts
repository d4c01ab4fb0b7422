/** Where the link leads that was mailed when somebody had a reset begun: the factors stay. */

import { begin } from "./page/begin.ts";
import { finish } from "./page/outcome.ts";
import { accepted, REFUSED } from "./page/refusal.ts";
import type { KeepFactorsMutation, KeepFactorsMutationVariables } from "./page/schema.ts";
import { ask } from "./page/server.ts";

const KEEP_FACTORS = /* GraphQL */ `
  mutation KeepFactors($token: String!) {
    cancelFactorReset(token: $token) { ...Refused }
  }
  ${REFUSED}
`;

begin({ cancelFactorReset });

async function cancelFactorReset(form: HTMLFormElement, values: KeepFactorsMutationVariables) {
  accepted((await ask<KeepFactorsMutation>(KEEP_FACTORS, values)).cancelFactorReset);
  finish(form, "done");
}
