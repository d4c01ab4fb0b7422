/** What happened lately. */

import { accepted } from "../page/refusal.ts";
import type { SecurityEventsQuery } from "../page/schema.ts";
import { moment, say, textOf } from "../page/texts.ts";
import { ask } from "./ask.ts";
import { deviceOf } from "./device.ts";
import { list } from "./list.ts";

const SECURITY_EVENTS = /* GraphQL */ `
  query SecurityEvents {
    securityEvents(first: 20) {
      edges { node { kind occurredAt ipAddress userAgent } }
    }
  }
`;

export async function showEvents(): Promise<void> {
  const { edges } = accepted((await ask<SecurityEventsQuery>(SECURITY_EVENTS)).securityEvents);
  const rows = edges.map(({ node: { kind, occurredAt, ipAddress, userAgent } }) => ({
    slots: {
      kind: textOf([`event.${kind.toLowerCase()}`]) ?? kind,
      device: userAgent ? deviceOf(userAgent) || say("device") : "",
      address: ipAddress ?? "",
      when: moment(occurredAt),
    },
  }));
  list("events", rows);
}
