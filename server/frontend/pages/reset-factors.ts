/** Where the link leads of somebody who has lost their second factors: the wait begins. */

import { begin } from "./page/begin.ts";
import { finish } from "./page/outcome.ts";
import { accepted, REFUSED } from "./page/refusal.ts";
import type {
  ConfirmFactorResetMutation,
  ConfirmFactorResetMutationVariables,
} from "./page/schema.ts";
import { ask } from "./page/server.ts";
import { moment } from "./page/texts.ts";

const CONFIRM_FACTOR_RESET = /* GraphQL */ `
  mutation ConfirmFactorReset($token: String!) {
    confirmFactorReset(token: $token) {
      ...Refused
      ... on FactorResetScheduled { effectiveAt }
    }
  }
  ${REFUSED}
`;

begin({ confirmFactorReset });

async function confirmFactorReset(
  form: HTMLFormElement,
  values: ConfirmFactorResetMutationVariables,
) {
  const answer = await ask<ConfirmFactorResetMutation>(CONFIRM_FACTOR_RESET, values);
  const { effectiveAt } = accepted(answer.confirmFactorReset);
  finish(form, "later", { when: moment(effectiveAt) });
}
