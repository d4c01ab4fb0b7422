"use client";

/** Authberry cannot answer now. The cookie is as good as before. */
export default function Failure({ reset }: { reset: () => void }) {
  return (
    <main>
      <h1>This page cannot be shown</h1>
      <p>You are logged in, if you were. Try again in a moment.</p>
      <button type="button" onClick={reset}>
        Try again
      </button>
    </main>
  );
}
