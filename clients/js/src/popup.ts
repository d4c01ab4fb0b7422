/** The window in which somebody logs in at a provider, beside the page that waits for it. */

import { AuthError } from "./errors.js";

/**
 * Open it, empty, while what was pressed is fresh: later browsers open none.
 *
 * @throws AuthError this browser opens none (`POPUP_BLOCKED`).
 */
export function openPopup(): Window {
  const opened = globalThis.open?.("about:blank", "_blank", "popup,width=500,height=700");
  if (!opened) throw new AuthError("POPUP_BLOCKED", "The browser has opened no window.");
  return opened;
}
