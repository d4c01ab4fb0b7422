import { Account } from "./account";
import { useAuth } from "./auth";
import { Entrance } from "./entrance";

export function App() {
  const { status } = useAuth();
  return (
    <main>
      {status === "unknown" && <p role="status">One moment …</p>}
      {status === "loggedOut" && <Entrance />}
      {status === "loggedIn" && <Account />}
    </main>
  );
}
