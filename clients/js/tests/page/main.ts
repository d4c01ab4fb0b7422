/** A page that asks who is there with one of three libraries, as tests in a browser want it. */
import { Auth, type State } from "authberry";
import { apollo, graphqlRequest, urql } from "./libraries.js";

const parameters = new URLSearchParams(location.search);
const url = parameters.get("api") ?? "/graphql";
const library = { apollo, urql, "graphql-request": graphqlRequest }[
  parameters.get("library") ?? ""
];
const auth = new Auth({ url, patienceSeconds: 5 });
const states: State["status"][] = [];
const ask = (library ?? apollo)(auth, url);

auth.onChange(({ status }) => states.push(status));

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

Object.assign(window, { auth, me, states });
auth.restore();
