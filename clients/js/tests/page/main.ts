/** A page that asks who is there with one of three libraries, as tests in a browser want it. */
import { Auth, type AuthOptions, type Proof, type State, type StepUp } from "authberry";
import { apollo, graphqlRequest, urql } from "./libraries.js";

const parameters = new URLSearchParams(location.search);
const url = parameters.get("api") ?? "/graphql";
const library = { apollo, urql, "graphql-request": graphqlRequest }[
  parameters.get("library") ?? ""
];
const wanted: StepUp[] = [];
const transport = (parameters.get("transport") ?? "COOKIE") as NonNullable<
  AuthOptions["transport"]
>;
const auth = new Auth({ url, transport, patienceSeconds: 5, onStepUp });
const states: State["status"][] = [];
const ask = (library ?? apollo)(auth, url);

auth.onChange(({ status }) => states.push(status));

/** Prove it with whatever the test says; without that, nothing. */
async function onStepUp(what: StepUp): Promise<boolean> {
  wanted.push(what);
  const { prove } = window as { prove?: () => Promise<Proof> };
  return !!prove && (await auth.reauthenticate(await prove())).__typename === "AuthPayload";
}

/** The address of who is asking, or the code of what went wrong. */
async function me(): Promise<string> {
  try {
    return (await ask()).me?.email ?? "nobody";
  } catch (error) {
    return codeOf(error) ?? String(error);
  }
}

/** Each library wraps errors in its own way. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || !error) return undefined;
  const { code, extensions, ...within } = {
    code: undefined,
    extensions: undefined,
    ...(error as { code?: unknown; extensions?: { code?: unknown } }),
  };
  const found = code ?? extensions?.code;
  if (typeof found === "string") return found;
  const inner = [...Object.values(within), (error as Error).cause].flat();
  return inner.map(codeOf).find((one) => one !== undefined);
}

const back = auth.completeExternalLogin();
Object.assign(window, { auth, back, me, states, wanted });
back.finally(() => auth.restore()).catch(() => undefined);
