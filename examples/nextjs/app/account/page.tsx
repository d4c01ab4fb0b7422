import { ask } from "@/lib/authberry";
import { deviceOf } from "@/lib/device";
import { requireViewer } from "@/lib/viewer";
import { Form } from "../form";
import { Header } from "../header";
import { changePassword, endSession, rename } from "./actions";

interface Session {
  readonly id: string;
  readonly current: boolean;
  readonly userAgent: string | null;
  readonly lastUsedAt: string;
}

export default async function Account() {
  const person = await requireViewer();
  const { sessions } = await ask<{ sessions: readonly Session[] }>(
    "{ sessions { id current userAgent lastUsedAt } }",
  );
  return (
    <>
      <Header />
      <main>
        <h1>Account</h1>
        <p>{person.email}</p>
        <Form action={rename}>
          <label>
            Name
            <input name="name" defaultValue={person.name ?? ""} key={person.name} />
          </label>
          <button type="submit">Save</button>
        </Form>
        <section aria-labelledby="sessions">
          <h2 id="sessions">Where you are logged in</h2>
          <ul>
            {sessions.map((session) => (
              <li key={session.id}>
                <div>
                  <strong>{deviceOf(session.userAgent)}</strong>
                  <small>Last used {new Date(session.lastUsedAt).toUTCString()}</small>
                </div>
                {session.current ? (
                  <span>This one</span>
                ) : (
                  <form action={endSession.bind(null, session.id)}>
                    <button type="submit">End</button>
                  </form>
                )}
              </li>
            ))}
          </ul>
        </section>
        <Form action={changePassword}>
          <label>
            Password
            <input name="current" type="password" autoComplete="current-password" required />
          </label>
          <label>
            New password
            <input name="new" type="password" autoComplete="new-password" required />
          </label>
          <button type="submit">Change it</button>
        </Form>
      </main>
    </>
  );
}
