/** Logging in: by a password, a passkey or at a provider, and then with a second factor where one is wanted. */

import type { Proof, SecondStepFragment } from "client/schema.ts";
import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { auth, type ExternalProvider, providers } from "./session.ts";

/** What the server wants before anybody is logged in. */
type SecondStep = Extract<
  Awaited<ReturnType<typeof auth.login>>,
  { __typename: "SecondFactorRequired" | "FactorEnrollmentRequired" }
>;
/** Says what is wrong, or nothing. */
type Work = () => Promise<string>;
type Answer = { __typename: string } | { __typename: string; message: string };

const LINK_FIRST =
  "There is an account with this address: log in to it, and link this on its pages.";
const MAIL_SENT = "A mail was sent: open its link in this browser, then log in here once more.";
const NEEDS_FACTOR = "Your account needs a second factor: set one up on its own pages first.";

/** The form for each step. */
export function LoginForm() {
  const [step, setStep] = useState<SecondStep>();
  const back = async () => {
    setStep(undefined);
    return "";
  };
  if (step?.__typename === "SecondFactorRequired") {
    return <SecondFactor step={step} back={back} />;
  }
  if (step) return <Enrollment canWait={step.deadline !== null} back={back} />;
  return <FirstStep onStep={setStep} />;
}

function FirstStep({ onStep }: { onStep: (step: SecondStep) => void }) {
  const [offered, setOffered] = useState<readonly ExternalProvider[]>([]);
  useEffect(() => void providers().then(setOffered), []);
  async function logIn(form: FormData): Promise<string> {
    const [email, password] = [String(form.get("email")), String(form.get("password"))];
    return follow(await auth.login({ email, password }));
  }
  /** In a window, so that what stands in the editor stays. */
  const logInAt = async ({ id }: ExternalProvider) =>
    follow(await auth.loginWith(id, { popup: true }));
  function follow(answer: Awaited<ReturnType<typeof auth.login | typeof auth.loginWith>>): string {
    if (answer.__typename === "SecondFactorRequired") onStep(answer);
    else if (answer.__typename === "FactorEnrollmentRequired") onStep(answer);
    else if (answer.__typename === "AccountLinkRequired") return LINK_FIRST;
    else if (answer.__typename === "EmailSent") return MAIL_SENT;
    return problemIn(answer);
  }
  const byPasskey = async () => problemIn(await auth.loginWithPasskey());
  const elsewhere = offered.map((one) => [`Continue with ${one.name}`, () => logInAt(one)]);
  const others = { "Use a passkey": byPasskey, ...Object.fromEntries(elsewhere) };
  return (
    <Form action="Log in" onSubmit={logIn} others={others}>
      <label>
        <span>Email</span>
        <input name="email" type="email" autoComplete="username" required />
      </label>
      <label>
        <span>Password</span>
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
    </Form>
  );
}

function SecondFactor({ step, back }: { step: SecondStepFragment; back: Work }) {
  const { ticket, factors, passkeyOptions: options } = step;
  async function prove(proof: Proof): Promise<string> {
    const answer = await auth.completeLogin({ proof, ticket });
    return problemIn(answer);
  }
  const byPasskey = async () => prove(await auth.passkeyProof({ options }));
  const passkey = factors.includes("PASSKEY") ? { "Use a passkey": byPasskey } : {};
  if (factors.every((factor) => factor === "PASSKEY")) {
    return <Form action="Use a passkey" onSubmit={byPasskey} others={{ "Start again": back }} />;
  }
  const others = { ...passkey, "Start again": back };
  return (
    <Form
      action="Go on"
      onSubmit={(form) => prove(proofOf(String(form.get("code"))))}
      others={others}
    >
      <label>
        <span>Code of your app, or a recovery code</span>
        {/* biome-ignore lint/a11y/noAutofocus: it is what the person was just led to */}
        <input name="code" autoComplete="one-time-code" required autoFocus />
      </label>
    </Form>
  );
}

function Enrollment({ canWait, back }: { canWait: boolean; back: Work }) {
  const skip = async () => problemIn(await auth.completeLogin({ skip: true }));
  return (
    <Form action="Start again" onSubmit={back} others={canWait ? { Later: skip } : {}}>
      <span>{NEEDS_FACTOR}</span>
    </Form>
  );
}

/** A form that says what is wrong, and what else can be done. */
function Form(properties: {
  action: string;
  /** Says what is wrong, or nothing. */
  onSubmit: (form: FormData) => Promise<string>;
  others: Readonly<Record<string, Work>>;
  children?: ReactNode;
}) {
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  async function run(work: Work) {
    setBusy(true);
    setProblem(await told(work));
    setBusy(false);
  }
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void run(() => properties.onSubmit(form));
  }
  return (
    <form onSubmit={submit}>
      {properties.children}
      <button type="submit" disabled={isBusy}>
        {properties.action}
      </button>
      {Object.entries(properties.others).map(([name, work]) => (
        <button key={name} type="button" disabled={isBusy} onClick={() => void run(work)}>
          {name}
        </button>
      ))}
      <p role="alert">{problem}</p>
    </form>
  );
}

/** Six digits are an app's. */
function proofOf(code: string): Proof {
  const digits = code.replace(/\s/g, "");
  return /^\d{6}$/.test(digits) ? { totpCode: digits } : { recoveryCode: code };
}

/** Why the server has refused, for people. */
function problemIn(answer: Answer): string {
  return "message" in answer ? answer.message : "";
}

async function told(work: Work): Promise<string> {
  try {
    return await work();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
