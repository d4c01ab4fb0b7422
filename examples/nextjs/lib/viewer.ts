import "server-only";
import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { ask, isNobody } from "./authberry";

export interface Viewer {
  readonly id: string;
  readonly name: string | null;
  readonly email: string;
}

/** Who is logged in, or null. However many components of a page want to know, it is asked once. */
export const viewer = cache(async (): Promise<Viewer | null> => {
  if ((await cookies()).size === 0) return null;
  try {
    return (await ask<{ me: Viewer }>("{ me { id name email } }")).me;
  } catch (error) {
    if (isNobody(error)) return null;
    throw error;
  }
});

/** For pages that are somebody's: whoever is not logged in is led to where they can be. */
export async function requireViewer(): Promise<Viewer> {
  return (await viewer()) ?? redirect("/login");
}
