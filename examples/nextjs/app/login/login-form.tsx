"use client";

import { useActionState } from "react";
import { logIn } from "./actions";

/** The password, and then what else is asked for. */
export function LoginForm() {
  const [{ step, email, error, done }, action, isPending] = useActionState(logIn, {
    step: "password",
  });
  return (
    <form action={action}>
      <h1>{step === "password" ? "Log in" : "One more step"}</h1>
      <fieldset disabled={isPending}>
        {step === "password" ? (
          <>
            <label>
              E-mail
              <input
                name="email"
                type="email"
                autoComplete="username"
                defaultValue={email}
                required
              />
            </label>
            <label>
              Password
              <input name="password" type="password" autoComplete="current-password" required />
            </label>
            <button type="submit">Log in</button>
            <button type="submit" className="quiet" name="is-new" value="yes">
              I am new here
            </button>
          </>
        ) : (
          <>
            <label>
              Code of your app, or a recovery code
              <input name="code" autoComplete="one-time-code" autoFocus required />
            </label>
            <button type="submit">Go on</button>
          </>
        )}
      </fieldset>
      {error && <p role="alert">{error}</p>}
      {done && <p role="status">{done}</p>}
    </form>
  );
}
