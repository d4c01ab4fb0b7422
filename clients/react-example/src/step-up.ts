import type { StepUp } from "authberry";
import { useSyncExternalStore } from "react";

/** That somebody is to prove who they are, before what they have asked for is done. */
export interface ProofRequest {
  readonly wanted: StepUp;
  readonly settle: (isProved: boolean) => void;
}

let request: ProofRequest | undefined;
const watchers = new Set<() => void>();

/** Have the page ask; the client calls it, and sends the request again if it was proved. */
export function askForProof(wanted: StepUp): Promise<boolean> {
  return new Promise((resolve) => {
    become({
      wanted,
      settle(isProved) {
        become(undefined);
        resolve(isProved);
      },
    });
  });
}

/** What is asked for now, if anything is. */
export function useProofRequest(): ProofRequest | undefined {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => request,
  );
}

function become(next: ProofRequest | undefined): void {
  request = next;
  for (const watcher of watchers) watcher();
}
