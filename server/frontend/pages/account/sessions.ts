/** Where somebody is logged in, and how to end it. */

import { find } from "../page/find.ts";
import { succeed } from "../page/outcome.ts";
import { accepted, REFUSED } from "../page/refusal.ts";
import type {
  RevokeOtherSessionsMutation,
  RevokeSessionMutation,
  RevokeSessionMutationVariables,
  SessionsQuery,
} from "../page/schema.ts";
import { moment, say, textOf } from "../page/texts.ts";
import { ask } from "./ask.ts";
import { deviceOf } from "./device.ts";
import { list } from "./list.ts";

const SESSIONS = /* GraphQL */ `
  query Sessions {
    sessions { id current lastUsedAt userAgent ipAddress acr }
  }
`;

const REVOKE_SESSION = /* GraphQL */ `
  mutation RevokeSession($id: ID!) {
    revokeSession(id: $id) { ...Refused }
  }
  ${REFUSED}
`;

const REVOKE_OTHER_SESSIONS = /* GraphQL */ `
  mutation RevokeOtherSessions {
    revokeOtherSessions { count }
  }
`;

export async function showSessions(): Promise<void> {
  const sessions = accepted((await ask<SessionsQuery>(SESSIONS)).sessions);
  const rows = sessions.map(({ id, current, lastUsedAt, userAgent, ipAddress, acr }) => {
    const device = deviceOf(userAgent) || say("device");
    const when = moment(lastUsedAt);
    return {
      values: { id },
      actions: { revokeSession: say("end", { device, when }) },
      isOver: current,
      slots: {
        device,
        current: current ? say("current") : "",
        address: ipAddress ?? "",
        when,
        proof: textOf([`acr.${acr}`]) ?? "",
      },
    };
  });
  list("sessions", rows);
  find("form[data-act=revokeOtherSessions]").hidden = sessions.length < 2;
}

export async function revokeSession(form: HTMLFormElement, values: RevokeSessionMutationVariables) {
  accepted((await ask<RevokeSessionMutation>(REVOKE_SESSION, values)).revokeSession);
  succeed(form, "done");
  await showSessions();
}

export async function revokeOtherSessions(form: HTMLFormElement) {
  const answer = await ask<RevokeOtherSessionsMutation>(REVOKE_OTHER_SESSIONS);
  succeed(form, "done", { count: accepted(answer.revokeOtherSessions).count });
  await showSessions();
}
