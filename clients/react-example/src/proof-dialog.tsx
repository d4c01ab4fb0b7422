import type { Proof } from "authberry";
import { useEffect, useRef } from "react";
import { ActionButton } from "./action-button";
import { auth } from "./auth";
import { Field, Form, failed, type Notice } from "./form";
import { proofOf } from "./second-step";
import { type ProofRequest, useProofRequest } from "./step-up";

/** Asks somebody to prove who they are, where what they do wants it. */
export function ProofDialog() {
  const request = useProofRequest();
  return request ? <Dialog {...request} /> : null;
}

function Dialog({ wanted, settle }: ProofRequest) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);

  async function prove(proof: Proof): Promise<Notice | undefined> {
    const answer = await auth.reauthenticate(proof);
    switch (answer.__typename) {
      case "AuthPayload":
        settle(true);
        return undefined;
      case "InvalidProof":
        return failed("That is not right.", "proof");
      case "TooManyAttempts":
        return failed(`That was too often. Try again in ${answer.retryAfter} seconds.`);
    }
  }

  // A level is wanted only of somebody who has more than a password.
  const isPassword = wanted.acrValues.length === 0;
  return (
    <dialog ref={dialog} onCancel={() => settle(false)} aria-label="Is it you?">
      <Form
        title="Is it you?"
        action="Go on"
        onSubmit={({ proof = "" }) => prove(isPassword ? { password: proof } : proofOf(proof))}
      >
        {(notice) => (
          <Field
            label={isPassword ? "Your password" : "Code of your app, or a recovery code"}
            name="proof"
            type={isPassword ? "password" : "text"}
            autoComplete={isPassword ? "current-password" : "one-time-code"}
            required
            notice={notice}
          />
        )}
      </Form>
      <ActionButton
        action="Use a passkey"
        use={async (signal) => prove(await auth.passkeyProof({ signal }))}
      />
      <button type="button" className="quiet" onClick={() => settle(false)}>
        Not now
      </button>
    </dialog>
  );
}
