import { AuthError } from "authberry";
import { useEffect, useRef, useState } from "react";
import { failed, type Notice, unforeseen } from "./form";

interface ActionButtonProps {
  readonly action: string;
  /** Returns what to tell the person, or nothing where the page changes anyway. */
  readonly use: (signal: AbortSignal) => Promise<Notice | undefined>;
}

/** A button that does something, and says why not; what it waits for ends when it is gone. */
export function ActionButton({ action, use }: ActionButtonProps) {
  const [notice, setNotice] = useState<Notice>();
  const ending = useRef<AbortController>(null);
  useEffect(() => () => ending.current?.abort(), []);

  async function press() {
    ending.current = new AbortController();
    setNotice(await use(ending.current.signal).catch(explained));
  }

  return (
    <>
      <button type="button" onClick={() => void press()}>
        {action}
      </button>
      {notice && (
        <p role={notice.isError ? "alert" : "status"} className={notice.isError ? "error" : "done"}>
          {notice.text}
        </p>
      )}
    </>
  );
}

/** What a browser says of passkeys, and what may happen to anything. */
function explained(error: unknown): Notice | undefined {
  switch (error instanceof AuthError && error.code) {
    case "PASSKEY_NOT_GIVEN":
      return undefined;
    case "PASSKEY_EXISTS":
      return failed("There is a passkey on this device already.");
    case "PASSKEY_UNSUPPORTED":
      return failed("This browser has no passkeys for this page.");
    default:
      return unforeseen(error);
  }
}
