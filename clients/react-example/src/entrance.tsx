import { useEffect, useState } from "react";
import { ActionButton } from "./action-button";
import { auth } from "./auth";
import { done, Field, Form, failed, type Notice } from "./form";
import { SecondStep, type Step } from "./second-step";

type Values = Record<string, string>;

type OnStep = (step: Step) => void;

async function login(
  { email = "", password = "" }: Values,
  onStep: OnStep,
): Promise<Notice | undefined> {
  const answer = await auth.login({ email, password });
  switch (answer.__typename) {
    case "AuthPayload":
      return undefined;
    case "SecondFactorRequired":
    case "FactorEnrollmentRequired":
      return void onStep(answer);
    case "InvalidCredentials":
      return failed("The address or the password is not right.", "password");
    case "EmailNotVerified":
      return failed("Confirm your address first: the link is in your mail.", "email");
    case "TooManyAttempts":
      return failed(`That was too often. Try again in ${answer.retryAfter} seconds.`);
  }
}

async function loginWithPasskey(
  options: Parameters<typeof auth.loginWithPasskey>[0],
): Promise<Notice | undefined> {
  const answer = await auth.loginWithPasskey(options);
  switch (answer.__typename) {
    case "AuthPayload":
      return undefined;
    case "PasskeyUnknown":
      return failed("That passkey is not known here any more.");
    case "EmailNotVerified":
      return failed("Confirm your address first: the link is in your mail.");
    default:
      return failed("That did not work. Try again.");
  }
}

async function register(
  { email = "", password = "", name = "" }: Values,
  onStep: OnStep,
): Promise<Notice | undefined> {
  const answer = await auth.register({ email, password, name: name || null });
  switch (answer.__typename) {
    case "AuthPayload":
      return undefined;
    case "SecondFactorRequired":
    case "FactorEnrollmentRequired":
      return void onStep(answer);
    case "EmailSent":
      return done("Confirm your address: the link is in your mail.");
    case "EmailTaken":
      return failed("There is an account with that address. Log in instead.", "email");
    case "WeakPassword":
      return failed(answer.reasons.join(" "), "password");
    case "InvalidInput":
      return failed(answer.message, answer.field);
    case "RegistrationClosed":
      return failed("Ask whoever runs this for an account.");
    case "TooManyAttempts":
      return failed(`That was too often. Try again in ${answer.retryAfter} seconds.`);
  }
}

/** For whoever is not logged in. */
export function Entrance() {
  const [isNew, setNew] = useState(false);
  const [step, setStep] = useState<Step>();
  if (step) {
    return (
      <>
        <h1>Welcome back</h1>
        <SecondStep step={step} onBack={() => setStep(undefined)} />
      </>
    );
  }
  return (
    <>
      <h1>{isNew ? "Welcome" : "Welcome back"}</h1>
      {isNew ? <Register onStep={setStep} /> : <Login onStep={setStep} />}
      <button type="button" className="quiet" onClick={() => setNew(!isNew)}>
        {isNew ? "I have an account" : "I am new here"}
      </button>
    </>
  );
}

/** Offer passkeys where the address is typed, for as long as that can be seen. */
function useAutofill(): Notice | undefined {
  const [notice, setNotice] = useState<Notice>();
  useEffect(() => {
    const ending = new AbortController();
    const { signal } = ending;
    // An old browser has none, and whoever has none types.
    loginWithPasskey({ autofill: true, signal }).then(setNotice, () => undefined);
    return () => ending.abort();
  }, []);
  return notice;
}

function Login({ onStep }: { readonly onStep: OnStep }) {
  const offered = useAutofill();
  return (
    <>
      <Form title="Log in" action="Log in" onSubmit={(values) => login(values, onStep)}>
        {(notice) => (
          <>
            <Email notice={notice} autoComplete="username webauthn" />
            <Field
              label="Password"
              name="password"
              type="password"
              autoComplete="current-password"
              required
              notice={notice}
            />
          </>
        )}
      </Form>
      {offered && (
        <p role="alert" className="error">
          {offered.text}
        </p>
      )}
      <ActionButton action="Use a passkey" use={(signal) => loginWithPasskey({ signal })} />
    </>
  );
}

function Register({ onStep }: { readonly onStep: OnStep }) {
  return (
    <Form
      title="Make an account"
      action="Make an account"
      onSubmit={(values) => register(values, onStep)}
    >
      {(notice) => (
        <>
          <Field label="Name" name="name" autoComplete="name" notice={notice} />
          <Email notice={notice} />
          <Field
            label="Password"
            name="password"
            type="password"
            autoComplete="new-password"
            required
            notice={notice}
          />
        </>
      )}
    </Form>
  );
}

interface EmailProps {
  readonly notice: Notice | undefined;
  readonly autoComplete?: string;
}

function Email({ notice, autoComplete = "username" }: EmailProps) {
  return (
    <Field
      label="E-mail"
      name="email"
      type="email"
      autoComplete={autoComplete}
      required
      notice={notice}
    />
  );
}
