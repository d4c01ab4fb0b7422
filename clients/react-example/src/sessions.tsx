import { gql, type TypedDocumentNode } from "@apollo/client";
import { useMutation, useQuery } from "@apollo/client/react";
import type { Session } from "authberry";

const SESSIONS: TypedDocumentNode<{ readonly sessions: readonly Session[] | null }> = gql`
  query Sessions {
    sessions { id current createdAt lastUsedAt expiresAt userAgent ipAddress }
  }
`;

const REVOKE_SESSION = gql`
  mutation RevokeSession($id: ID!) {
    revokeSession(id: $id) {
      __typename
      ... on Error { code message }
    }
  }
`;

/** Where this person is logged in, and a way to end each. */
export function Sessions() {
  const { data, error, loading } = useQuery(SESSIONS, { fetchPolicy: "cache-and-network" });
  const [revoke, revoking] = useMutation(REVOKE_SESSION, { refetchQueries: [SESSIONS] });
  const failure = error ?? revoking.error;
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">Where you are logged in</h2>
      {loading && !data && <p role="status">One moment …</p>}
      {failure && (
        <p role="alert" className="error">
          {failure.message}
        </p>
      )}
      <ul>
        {data?.sessions?.map((session) => (
          <li key={session.id}>
            <Described session={session} />
            {!session.current && (
              <button
                type="button"
                disabled={revoking.loading}
                aria-label={`End the session of ${deviceOf(session)}`}
                onClick={() =>
                  void revoke({ variables: { id: session.id } }).catch(() => undefined)
                }
              >
                End
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Described({ session }: { readonly session: Session }) {
  return (
    <div>
      <strong>{deviceOf(session)}</strong>
      {session.current && <span className="badge">this one</span>}
      <small>
        {session.ipAddress}, last used{" "}
        <time dateTime={session.lastUsedAt}>{new Date(session.lastUsedAt).toLocaleString()}</time>
      </small>
    </div>
  );
}

/** A browser's name, out of the zoo of names that it says it has. */
function deviceOf({ userAgent }: Session): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(userAgent ?? "")?.[1];
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(userAgent ?? "")?.[1];
  return [browser, system].filter(Boolean).join(" on ") || userAgent || "An unknown device";
}
