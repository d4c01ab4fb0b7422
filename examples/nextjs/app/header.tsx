import Link from "next/link";
import { viewer } from "@/lib/viewer";
import { logOut } from "./actions";
import { OtherTabs } from "./other-tabs";

/**
 * Part of every page. Links fetch nothing ahead: it would be what the page was before somebody has
 * logged in or out.
 */
export async function Header() {
  const person = await viewer();
  return (
    <header>
      <nav>
        <Link href="/" prefetch={false}>
          Home
        </Link>
        <Link href="/account" prefetch={false}>
          Account
        </Link>
      </nav>
      {person ? (
        <form action={logOut}>
          <span>{person.name ?? person.email}</span>
          <button type="submit" className="quiet">
            Log out
          </button>
        </form>
      ) : (
        <Link href="/login" prefetch={false}>
          Log in
        </Link>
      )}
      <OtherTabs person={person?.id ?? null} />
    </header>
  );
}
