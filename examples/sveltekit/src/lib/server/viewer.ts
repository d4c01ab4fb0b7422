import type { RequestEvent } from "@sveltejs/kit";
import { ask, isNobody } from "./authberry";

export interface Viewer {
  readonly id: string;
  readonly name: string | null;
  readonly email: string;
}

/** Who is logged in, or null. Whoever brings no cookie is nobody, which costs no question. */
export async function viewer(event: RequestEvent): Promise<Viewer | null> {
  if (!event.request.headers.has("Cookie")) return null;
  try {
    return (await ask<{ me: Viewer }>(event, "{ me { id name email } }")).me;
  } catch (error) {
    if (isNobody(error)) return null;
    throw error;
  }
}
