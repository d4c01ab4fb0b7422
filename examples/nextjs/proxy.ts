import { type NextRequest, NextResponse } from "next/server";

const SESSION_COOKIES = ["__Host-session", "__Secure-session", "authberry_session"];

/**
 * Leads whoever holds no session cookie to the login page, before anything is rendered.
 *
 * It does not ask whether the cookie is good: that would be another question for every page. The page
 * asks, by `requireViewer()`, and is what guards; this only saves the work of rendering it.
 */
export function proxy({ cookies, nextUrl }: NextRequest) {
  if (!SESSION_COOKIES.some((name) => cookies.has(name))) {
    return NextResponse.redirect(new URL("/login", nextUrl));
  }
}

export const config = { matcher: "/account/:path*" };
