import type { EnrollmentFragment, LoginMutation, Proof, SecondStepFragment } from "authberry";
import { ActionButton } from "./action-button";
import { auth } from "./auth";
import { Field, Form, failed, type Notice } from "./form";

/** What is missing behind a first step. */
export type Step = Extract<
  LoginMutation["login"],
  { readonly __typename: "SecondFactorRequired" | "FactorEnrollmentRequired" }
>;
type Completion = Parameters<typeof auth.completeLogin>[0];

/** For whoever has taken the first step of a login. */
export function SecondStep({ step, onBack }: { readonly step: Step; readonly onBack: () => void }) {
  return (
    <>
      {step.__typename === "SecondFactorRequired" ? (
        <SecondFactor step={step} />
      ) : (
        <Enrollment step={step} />
      )}
      <button type="button" className="quiet" onClick={onBack}>
        Start again
      </button>
    </>
  );
}

function SecondFactor({ step }: { readonly step: SecondStepFragment }) {
  const { ticket, factors, passkeyOptions: options } = step;
  const hasCodes = factors.some((factor) => factor !== "PASSKEY");
  return (
    <>
      {hasCodes && (
        <Form
          title="One more step"
          action="Go on"
          onSubmit={({ code = "" }) => complete({ proof: proofOf(code), ticket })}
        >
          {(notice) => (
            <Field
              label="Code of your app, or a recovery code"
              name="code"
              autoComplete="one-time-code"
              required
              notice={notice}
            />
          )}
        </Form>
      )}
      {factors.includes("PASSKEY") && (
        <ActionButton
          action="Use a passkey"
          use={async (signal) =>
            complete({ proof: await auth.passkeyProof({ options, signal }), ticket })
          }
        />
      )}
    </>
  );
}

/** Somebody who has to have a second factor makes a passkey here. */
function Enrollment({ step }: { readonly step: EnrollmentFragment }) {
  const { ticket, deadline } = step;
  return (
    <>
      <p role="status">Your account needs a second factor.</p>
      <ActionButton
        action="Make a passkey"
        use={async (signal) => {
          const answer = await auth.registerPasskey({ login: step, signal });
          return answer.__typename === "FactorAdded"
            ? complete({ ticket })
            : failed(answer.message);
        }}
      />
      {deadline && <ActionButton action="Later" use={() => complete({ ticket, skip: true })} />}
    </>
  );
}

async function complete(step: Completion): Promise<Notice | undefined> {
  const answer = await auth.completeLogin(step);
  switch (answer.__typename) {
    case "AuthPayload":
      return undefined;
    case "InvalidProof":
      return failed("That is not right.", "code");
    case "InvalidToken":
      return failed("That took too long. Start again.");
    case "TooManyAttempts":
      return failed(`That was too often. Try again in ${answer.retryAfter} seconds.`);
    case "FactorEnrollmentRequired":
      return failed("Make a passkey first.");
  }
}

/** Six digits are an app's; all else is a recovery code. */
export function proofOf(code: string): Proof {
  const digits = code.replace(/\s/g, "");
  return /^\d{6}$/.test(digits) ? { totpCode: digits } : { recoveryCode: code };
}
