import { useState } from "react";
import { auth } from "./auth";
import { done, Field, Form, failed, type Notice } from "./form";

type Values = Record<string, string>;

async function login({ email = "", password = "" }: Values): Promise<Notice | undefined> {
  const answer = await auth.login({ email, password });
  switch (answer.__typename) {
    case "AuthPayload":
      return undefined;
    case "InvalidCredentials":
      return failed("The address or the password is not right.", "password");
    case "EmailNotVerified":
      return failed("Confirm your address first: the link is in your mail.", "email");
    case "TooManyAttempts":
      return failed(`That was too often. Try again in ${answer.retryAfter} seconds.`);
  }
}

async function register({
  email = "",
  password = "",
  name = "",
}: Values): Promise<Notice | undefined> {
  const answer = await auth.register({ email, password, name: name || null });
  switch (answer.__typename) {
    case "AuthPayload":
      return undefined;
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
  return (
    <>
      <h1>{isNew ? "Welcome" : "Welcome back"}</h1>
      {isNew ? <Register /> : <Login />}
      <button type="button" className="quiet" onClick={() => setNew(!isNew)}>
        {isNew ? "I have an account" : "I am new here"}
      </button>
    </>
  );
}

function Login() {
  return (
    <Form title="Log in" action="Log in" onSubmit={login}>
      {(notice) => (
        <>
          <Email notice={notice} />
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
  );
}

function Register() {
  return (
    <Form title="Make an account" action="Make an account" onSubmit={register}>
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

function Email({ notice }: { readonly notice: Notice | undefined }) {
  return (
    <Field
      label="E-mail"
      name="email"
      type="email"
      autoComplete="username"
      required
      notice={notice}
    />
  );
}
