/** Browsers in which a login asks for no second step. */

import { find } from "../page/find.ts";
import { succeed } from "../page/outcome.ts";
import { accepted, REFUSED } from "../page/refusal.ts";
import type {
  RevokeTrustedDeviceMutation,
  RevokeTrustedDeviceMutationVariables,
  TrustedDevicesQuery,
} from "../page/schema.ts";
import { moment, say } from "../page/texts.ts";
import { ask } from "./ask.ts";
import { deviceOf } from "./device.ts";
import { list } from "./list.ts";

const TRUSTED_DEVICES = /* GraphQL */ `
  query TrustedDevices {
    trustedDevices { id userAgent ipAddress expiresAt }
  }
`;

const REVOKE_TRUSTED_DEVICE = /* GraphQL */ `
  mutation RevokeTrustedDevice($id: ID!) {
    revokeTrustedDevice(id: $id) { ...Refused }
  }
  ${REFUSED}
`;

export async function showDevices(): Promise<void> {
  const devices = accepted((await ask<TrustedDevicesQuery>(TRUSTED_DEVICES)).trustedDevices);
  const rows = devices.map(({ id, userAgent, ipAddress, expiresAt }) => {
    const device = deviceOf(userAgent) || say("device");
    const when = moment(expiresAt);
    return {
      values: { id },
      actions: { revokeTrustedDevice: say("distrust", { device }) },
      slots: { device, address: ipAddress ?? "", when: say("until", { when }) },
    };
  });
  list("devices", rows);
  find("#no-devices").hidden = devices.length > 0;
}

export async function revokeTrustedDevice(
  form: HTMLFormElement,
  values: RevokeTrustedDeviceMutationVariables,
) {
  const answer = await ask<RevokeTrustedDeviceMutation>(REVOKE_TRUSTED_DEVICE, values);
  accepted(answer.revokeTrustedDevice);
  succeed(form, "done");
  await showDevices();
}
