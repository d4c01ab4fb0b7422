import { viewer } from "@/lib/viewer";
import { Header } from "./header";

/** The server knows who is looking, and renders it; no token is in the page. */
export default async function Home() {
  const person = await viewer();
  return (
    <>
      <Header />
      <main>
        <h1>{person ? `Welcome, ${person.name ?? person.email}` : "Nobody is logged in"}</h1>
        <p>A server has rendered this page, and a cookie has told it who you are.</p>
      </main>
    </>
  );
}
