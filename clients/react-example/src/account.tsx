import { useState } from "react";
import { auth, useAuth } from "./auth";
import { done, Field, Form, failed, type Notice, unforeseen } from "./form";
import { Passkeys } from "./passkeys";
import { Sessions } from "./sessions";

async function changePassword(values: Record<string, string>): Promise<Notice> {
  const { currentPassword = "", newPassword = "" } = values;
  const answer = await auth.changePassword({ currentPassword, newPassword });
  switch (answer.__typename) {
    case "AuthPayload":
      return done("Your password is changed. Every other device is logged out.");
    case "InvalidCredentials":
      return failed("That is not your password.", "currentPassword");
    case "WeakPassword":
      return failed(answer.reasons.join(" "), "newPassword");
    case "TooManyAttempts":
      return failed(`That was too often. Try again in ${answer.retryAfter} seconds.`);
  }
}

/** For whoever is logged in. */
export function Account() {
  const { user } = useAuth();
  return (
    <>
      <header>
        <h1>{user?.name ?? user?.email}</h1>
        <p>{user?.email}</p>
        <Logout />
      </header>
      <Sessions />
      <Passkeys />
      <Form title="Change your password" action="Change it" onSubmit={changePassword}>
        {(notice) => (
          <>
            <Field
              label="Your password"
              name="currentPassword"
              type="password"
              autoComplete="current-password"
              required
              notice={notice}
            />
            <Field
              label="A new one"
              name="newPassword"
              type="password"
              autoComplete="new-password"
              required
              notice={notice}
            />
          </>
        )}
      </Form>
    </>
  );
}

function Logout() {
  const [notice, setNotice] = useState<Notice>();
  const logout = () => auth.logout().catch((error) => setNotice(unforeseen(error)));
  return (
    <>
      <button type="button" onClick={logout}>
        Log out
      </button>
      {notice && (
        <p role="alert" className="error">
          You are still logged in. {notice.text}
        </p>
      )}
    </>
  );
}
