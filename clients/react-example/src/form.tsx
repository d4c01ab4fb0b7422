import { AuthError } from "authberry";
import { type FormEvent, type InputHTMLAttributes, type ReactNode, useId, useState } from "react";

/** What a person is told: that something went well, or why not, perhaps beside one field. */
export interface Notice {
  readonly text: string;
  readonly isError: boolean;
  readonly field?: string;
}

export const failed = (text: string, field?: string): Notice => ({ text, isError: true, field });
export const done = (text: string): Notice => ({ text, isError: false });

/** What nobody decided: the server is away, or wants to be left alone for a while. */
export function unforeseen(error: unknown): Notice {
  if (!(error instanceof AuthError)) throw error;
  if (error.code === "NETWORK_ERROR") return failed("You seem to be offline. Try again.");
  if (error.retryAfter) return failed(`Try again in ${error.retryAfter} seconds.`);
  return failed("That did not work. Try again later.");
}

interface FormProps {
  readonly title: string;
  readonly action: string;
  /** Returns what to tell the person, or nothing where the page changes anyway. */
  readonly onSubmit: (values: Record<string, string>) => Promise<Notice | undefined>;
  readonly children: (notice: Notice | undefined) => ReactNode;
}

export function Form({ title, action, onSubmit, children }: FormProps) {
  const heading = useId();
  const [notice, setNotice] = useState<Notice>();
  const [isBusy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const values = Object.fromEntries(new FormData(form)) as Record<string, string>;
    setBusy(true);
    const outcome = await onSubmit(values).catch(unforeseen);
    setBusy(false);
    setNotice(outcome);
    if (outcome && !outcome.isError) form.reset();
    if (outcome?.field) (form.elements.namedItem(outcome.field) as HTMLElement | null)?.focus();
  }

  return (
    <form onSubmit={submit} aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {children(notice)}
      <button type="submit" disabled={isBusy}>
        {action}
      </button>
      <p role={notice?.isError ? "alert" : "status"} className={notice?.isError ? "error" : "done"}>
        {!notice?.field && notice?.text}
      </p>
    </form>
  );
}

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  readonly name: string;
  readonly notice: Notice | undefined;
}

/** A labelled input, with the error that is about it. */
export function Field({ label, name, notice, ...input }: FieldProps) {
  const id = useId();
  const error = notice?.field === name ? notice.text : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        {...input}
        id={id}
        name={name}
        aria-invalid={!!error}
        aria-describedby={error && `${id}-error`}
      />
      {error && (
        <p id={`${id}-error`} className="error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
