"use client";

import { type ReactNode, useActionState } from "react";

/** What a form says behind what it has done. */
export interface Said {
  readonly error?: string;
  readonly done?: string;
}

/** A form that works before its JavaScript is there, and without any. */
export function Form(props: {
  action: (before: Said, form: FormData) => Promise<Said>;
  children: ReactNode;
}) {
  const [{ error, done }, action, isPending] = useActionState(props.action, {});
  return (
    <form action={action}>
      <fieldset disabled={isPending}>{props.children}</fieldset>
      {error && <p role="alert">{error}</p>}
      {done && <p role="status">{done}</p>}
    </form>
  );
}
