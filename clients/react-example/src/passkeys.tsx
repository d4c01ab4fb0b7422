import { gql, type TypedDocumentNode } from "@apollo/client";
import { useQuery } from "@apollo/client/react";
import { useState } from "react";
import { ActionButton } from "./action-button";
import { auth } from "./auth";
import { done, failed, type Notice } from "./form";

interface Factor {
  readonly id: string;
  readonly name: string;
}

const FACTORS: TypedDocumentNode<{ readonly factors: readonly Factor[] | null }> = gql`
  query Factors {
    factors { id name }
  }
`;

/** What this person proves who they are with, beside a password or in its place. */
export function Passkeys() {
  const { data, refetch } = useQuery(FACTORS, { fetchPolicy: "cache-and-network" });
  const [codes, setCodes] = useState<readonly string[]>([]);

  async function add(signal: AbortSignal): Promise<Notice> {
    const answer = await auth.registerPasskey({ signal });
    if (answer.__typename !== "FactorAdded") return failed(answer.message);
    setCodes(answer.recoveryCodes ?? []);
    await refetch();
    return done("From now on it logs you in.");
  }

  async function remove({ id }: Factor): Promise<Notice | undefined> {
    const answer = await auth.removeFactor(id);
    if (answer.__typename !== "FactorRemoved") return failed(answer.message);
    await refetch();
    return undefined;
  }

  return (
    <section aria-labelledby="passkeys">
      <h2 id="passkeys">Passkeys and apps</h2>
      <ul aria-labelledby="passkeys">
        {data?.factors?.map((factor) => (
          <li key={factor.id}>
            <strong>{factor.name}</strong>
            <ActionButton action={`Remove ${factor.name}`} use={() => remove(factor)} />
          </li>
        ))}
      </ul>
      <ActionButton action="Add a passkey" use={add} />
      {codes.length > 0 && (
        <div role="status">
          <p>Each of these logs you in once, should you lose it. They are shown only now.</p>
          <pre>{codes.join("\n")}</pre>
        </div>
      )}
    </section>
  );
}
