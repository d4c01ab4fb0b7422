/** The account: whose it is, and what they can do with it. */

import { requestEmailChange } from "./account/address.ts";
import { deleteAccount } from "./account/deletion.ts";
import { revokeTrustedDevice, showDevices } from "./account/devices.ts";
import { open } from "./account/door.ts";
import { showEvents } from "./account/events.ts";
import { accountExport } from "./account/export.ts";
import { cancelFactorReset, showFactorReset } from "./account/factor-reset.ts";
import {
  addPasskey,
  beginTotpEnrollment,
  confirmTotpEnrollment,
  keepCodes,
  regenerateRecoveryCodes,
  removeFactor,
  renameFactor,
  showFactors,
} from "./account/factors.ts";
import { comeBack, linkIdentity, showIdentities, unlinkIdentity } from "./account/identities.ts";
import { logout } from "./account/logout.ts";
import { changePassword } from "./account/password.ts";
import { showPerson, updateProfile } from "./account/profile.ts";
import { revokeOtherSessions, revokeSession, showSessions } from "./account/sessions.ts";
import {
  proveAtProvider,
  proveNothing,
  provePasskey,
  provePassword,
  proveRecoveryCode,
  proveTotp,
} from "./account/step-up.ts";
import { begin } from "./page/begin.ts";
import { downloadCodes, printCodes } from "./page/set-up.ts";

begin({
  logout,
  updateProfile,
  requestEmailChange,
  changePassword,
  cancelFactorReset,
  beginTotpEnrollment,
  confirmTotpEnrollment,
  addPasskey,
  renameFactor,
  removeFactor,
  regenerateRecoveryCodes,
  printCodes,
  downloadCodes,
  keepCodes,
  revokeTrustedDevice,
  linkIdentity,
  unlinkIdentity,
  provePassword,
  proveTotp,
  proveRecoveryCode,
  provePasskey,
  proveAtProvider,
  proveNothing,
  revokeSession,
  revokeOtherSessions,
  accountExport,
  deleteAccount,
});
void open(() =>
  Promise.all([
    showPerson(),
    showFactorReset(),
    showFactors(),
    showDevices(),
    showIdentities(),
    showSessions(),
    showEvents(),
  ]),
).then(comeBack);
