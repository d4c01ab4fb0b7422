import { redirect } from "@sveltejs/kit";
import type { Handle } from "@sveltejs/kit/hooks";
import { viewer } from "#lib/server/viewer";

const MEMBERS = ["/account"];

/**
 * Finds out, once for each request, who is asking: pages, the data behind links and form actions all
 * come through here, so that asking here is asking once, and nobody has to guess by the cookie.
 */
export const handle: Handle = async ({ event, resolve }) => {
  event.locals.viewer = await viewer(event);
  if (MEMBERS.includes(event.url.pathname) && !event.locals.viewer) redirect(303, "/login");
  const response = await resolve(event);
  response.headers.set("Cache-Control", "private, no-store"); // a page is its visitor's
  return response;
};
