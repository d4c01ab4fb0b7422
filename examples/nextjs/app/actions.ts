"use server";

import { redirect } from "next/navigation";
import { act } from "@/lib/authberry";

/** Ends the session and deletes its cookie. */
export async function logOut() {
  await act("mutation { logout { __typename } }");
  redirect("/login");
}
