/** The access token, decoded: a pane of GraphiQL. */

import type { GraphiQLPlugin } from "@graphiql/react";
import { useEffect, useState } from "react";
import { useSession } from "./session.ts";
import { decode, type Verdict, verify } from "./token.ts";

/** The pane, and the button that opens it. */
export const TOKEN_PLUGIN: GraphiQLPlugin = {
  title: "Access token",
  icon: KeyIcon,
  content: TokenView,
};

const TIMES = new Set(["auth_time", "exp", "iat", "nbf"]);

function TokenView() {
  const { token } = useSession();
  if (!token) {
    return (
      <Pane>
        Nobody is logged in. Use the form above, or run <code>login</code>.
      </Pane>
    );
  }
  const { header, claims } = decode(token);
  return (
    <Pane>
      <Signature token={token} />
      <Part title="Header" of={header} />
      <Part title="Claims" of={claims} />
    </Pane>
  );
}

function Pane({ children }: { children: React.ReactNode }) {
  return (
    <section className="token-view" aria-label="Access token">
      <h2>Access token</h2>
      {children}
    </section>
  );
}

/** Whether one of the published keys has signed it: this page has looked. */
function Signature({ token }: { token: string }) {
  const [verdict, setVerdict] = useState<Verdict>();
  useEffect(() => {
    let wanted = true;
    const tell = (found: Verdict) => void (wanted && setVerdict(found));
    verify(token).then(tell, () => tell({ valid: null, reason: "the keys could not be read" }));
    return () => {
      wanted = false;
    };
  }, [token]);
  if (!verdict) return <p>Checking the signature...</p>;
  const words = { true: "Signature valid", false: "Signature NOT valid", null: "Not checked" };
  return (
    <p className="verdict" data-valid={String(verdict.valid)}>
      <strong>{words[`${verdict.valid}`]}</strong> ({verdict.reason})
    </p>
  );
}

function Part({ title, of }: { title: string; of: Record<string, unknown> }) {
  return (
    <>
      <h3>{title}</h3>
      <dl>
        {Object.entries(of).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{typeof value === "string" ? value : JSON.stringify(value)}</code>
              {TIMES.has(name) && <time>{new Date(Number(value) * 1000).toLocaleString()}</time>}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function KeyIcon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <circle cx="6.5" cy="13.5" r="4" />
      <path d="M9.5 10.5 17 3M13.5 6.5l3 3" />
    </svg>
  );
}
