import { redirect } from "next/navigation";
import { viewer } from "@/lib/viewer";
import { Header } from "../header";
import { LoginForm } from "./login-form";

/** Whoever is logged in has no business here. A cookie alone does not say that: it may be a dead one. */
export default async function Login() {
  if (await viewer()) redirect("/");
  return (
    <>
      <Header />
      <main>
        <LoginForm />
      </main>
    </>
  );
}
