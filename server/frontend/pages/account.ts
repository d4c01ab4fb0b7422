/** The account: whose it is, and what they can do with it. */

import { requestEmailChange } from "./account/address.ts";
import { deleteAccount } from "./account/deletion.ts";
import { open } from "./account/door.ts";
import { showEvents } from "./account/events.ts";
import { accountExport } from "./account/export.ts";
import { logout } from "./account/logout.ts";
import { changePassword } from "./account/password.ts";
import { showPerson, updateProfile } from "./account/profile.ts";
import { revokeOtherSessions, revokeSession, showSessions } from "./account/sessions.ts";
import { begin } from "./page/begin.ts";

begin({
  logout,
  updateProfile,
  requestEmailChange,
  changePassword,
  revokeSession,
  revokeOtherSessions,
  accountExport,
  deleteAccount,
});
void open(() => Promise.all([showPerson(), showSessions(), showEvents()]));
