import { Account } from "./account";
import { useAuth } from "./auth";
import { Entrance } from "./entrance";
import { ProofDialog } from "./proof-dialog";

export function App() {
  const { status } = useAuth();
  return (
    <main>
      {status === "unknown" && <p role="status">One moment …</p>}
      {status === "loggedOut" && <Entrance />}
      {status === "loggedIn" && <Account />}
      <ProofDialog />
    </main>
  );
}
