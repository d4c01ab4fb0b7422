/** The page's one session: the JavaScript client, and what the page wants to know besides. */

import { Auth } from "client/auth.ts";
import { request } from "client/request.ts";
import type { State } from "client/state.ts";
import { useSyncExternalStore } from "react";
import { decode } from "./token.ts";

/** Beside this page, under whatever path a host has mounted it. */
export const ENDPOINT = new URL("graphql", document.baseURI).href;

export const auth = new Auth({ url: ENDPOINT });

/** In the window of a login at a provider this closes it; who it is for has been told before. */
export const isBack: Promise<unknown> = auth.completeExternalLogin().catch(() => null);

const EXTERNAL_PROVIDERS = "query ExternalProviders { externalProviders { id name } }";

/** Where else somebody can log in; nowhere, where the schema knows nothing of that. */
export async function providers(): Promise<readonly ExternalProvider[]> {
  type Answer = { externalProviders: readonly ExternalProvider[] };
  const answer = request<Answer>(EXTERNAL_PROVIDERS, {}, { url: ENDPOINT });
  return answer.then(({ externalProviders }) => externalProviders).catch(() => []);
}

export interface ExternalProvider {
  readonly id: string;
  readonly name: string;
}

/** Who is logged in, with which token, and until when by this browser's clock. */
export interface Session {
  state: State;
  token: string | null;
  expiresAt: number;
}

let session = look();
const watchers = new Set<() => void>();
auth.onChange(() => {
  session = look();
  for (const watcher of watchers) watcher();
});

/** The session, in a component that is drawn anew whenever it changes. */
export function useSession(): Session {
  return useSyncExternalStore(watch, () => session);
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

function look(): Session {
  const token = auth.currentAccessToken;
  const lifetime = token ? secondsOf(token) : 0;
  return { state: auth.state, token, expiresAt: Date.now() + lifetime * 1000 };
}

/** How long it lives: the server's clock and this one need not agree. */
function secondsOf(token: string): number {
  const { exp, iat } = decode(token).claims;
  return Number(exp) - Number(iat);
}
