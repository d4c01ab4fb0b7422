import "server-only";
import { redirect } from "next/navigation";
import { cache } from "react";
import { ask, Refused } from "./authberry";

export interface Viewer {
  readonly id: string;
  readonly name: string | null;
  readonly email: string;
}

/** Who is logged in, or null. However many components of a page ask, it is asked for once. */
export const viewer = cache(async (): Promise<Viewer | null> => {
  try {
    return (await ask<{ me: Viewer }>("{ me { id name email } }")).me;
  } catch (error) {
    if (error instanceof Refused && error.code === "UNAUTHENTICATED") return null;
    throw error; // Authberry was not reached, say: that logs nobody out
  }
});

/** For pages that are somebody's: whoever is not logged in is led to where they can be. */
export async function requireViewer(): Promise<Viewer> {
  return (await viewer()) ?? redirect("/login");
}
