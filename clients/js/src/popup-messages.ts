/**
 * A window that is back from a provider says so to the page that has opened it: by a channel of this
 * origin, since a provider may have cut the tie between the two (Cross-Origin-Opener-Policy).
 */

import { AuthError } from "./errors.js";

const LOOK = 500; // milliseconds between looks at whether the window is still there

const name = (id: string) => `authberry popup ${id}`;

/**
 * Wait until the window is back.
 *
 * @throws AuthError it was closed before (`POPUP_CLOSED`).
 */
export function untilBack(popup: Window, id: string): Promise<void> {
  const channel = new BroadcastChannel(name(id));
  let looking: ReturnType<typeof setInterval> | undefined;
  const back = new Promise<void>((done, failed) => {
    channel.onmessage = () => done();
    let wasClosed = false;
    looking = setInterval(() => {
      // One whose tie was cut looks closed as well, but then the person is there and not here.
      const isClosed = popup.closed && document.hasFocus();
      // Twice, since its word may come behind its end.
      if (isClosed && wasClosed) failed(new AuthError("POPUP_CLOSED", "The window was closed."));
      wasClosed = isClosed;
    }, LOOK);
  }).finally(() => {
    clearInterval(looking);
    channel.close();
  });
  // Held for as long as this page waits: see `isWaitedFor`.
  void navigator.locks?.request(name(id), () => back.catch(() => undefined));
  return back;
}

/** Whether the page that has opened this window is still there, and waits for it. */
export async function isWaitedFor(id: string): Promise<boolean> {
  if (!navigator.locks) return true;
  return !(await navigator.locks.request(name(id), { ifAvailable: true }, (lock) => lock !== null));
}

export function sayBack(id: string): void {
  const channel = new BroadcastChannel(name(id));
  channel.postMessage("back");
  channel.close();
}
