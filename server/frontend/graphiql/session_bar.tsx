/** Who is logged in and for how long, or a form to log in with. */

import { useEffect, useState } from "react";
import { LoginForm } from "./login_form.tsx";
import { auth, useSession } from "./session.ts";

/** The bar above the editor. */
export function SessionBar() {
  const { state } = useSession();
  return (
    <header className="session-bar">
      <h1>
        Authberry <small>GraphiQL</small>
      </h1>
      {state.status === "loggedOut" && <LoginForm />}
      {state.status === "loggedIn" && <Person email={state.user.email} />}
    </header>
  );
}

function Person({ email }: { email: string }) {
  const [problem, setProblem] = useState("");
  const logOut = () => auth.logout().catch((error: Error) => setProblem(error.message));
  return (
    <div className="session">
      <strong>{email}</strong>
      <Countdown />
      <button type="button" onClick={() => void logOut()}>
        Log out
      </button>
      <p role="alert">{problem}</p>
    </div>
  );
}

/** How long the access token is good for; it is renewed before. */
function Countdown() {
  const { expiresAt } = useSession();
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.round((expiresAt - now) / 1000));
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return (
    <span title="The access token, which is renewed before it expires.">
      expires in <span role="timer">{clock}</span>
    </span>
  );
}
