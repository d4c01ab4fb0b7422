import { CombinedGraphQLErrors, ServerError } from "@apollo/client/errors";
import { ApolloLink } from "@apollo/client/link";
import { SetContextLink } from "@apollo/client/link/context";
import { ErrorLink } from "@apollo/client/link/error";
import { from, mergeMap, of, throwError } from "rxjs";
import { parsed } from "./ask.js";
import type { Credential } from "./credential.js";
import type { Auth } from "./index.js";
import { fieldsOf, type Remedy, remedyFor } from "./remedy.js";

type Help = (remedy: Remedy, refused: string | null) => Promise<boolean>;

/** A link for Apollo Client 4, to stand before the one that sends. */
export function authLink(auth: Auth): ApolloLink {
  const sign = new SetContextLink(async ({ headers }) => {
    const credential = await auth.credential();
    const sent = credential.isCookie ? { credentials: "include" } : {};
    return { credential, ...sent, headers: { ...headers, ...credential.headers } };
  });
  const renewed = again(async (remedy, token) => remedy === "token" && auth.recover(token));
  const proved = again(async (remedy, token) => remedy !== "token" && auth.stepUp(remedy, token));
  return ApolloLink.from([proved, renewed, sign]);
}

/** Sends an operation again, once, if nothing of it was done and that has helped. */
function again(help: Help): ApolloLink {
  return new ErrorLink(({ error, result, operation, forward }) => {
    const { credential } = operation.getContext() as { credential?: Credential };
    const remedy = remedyOf(error, operation, credential?.isCookie ?? false);
    if (!remedy) return;
    const asItWas = result ? of(result) : throwError(() => error);
    return from(help(remedy, credential?.id ?? null)).pipe(
      mergeMap((isHelped) => (isHelped ? forward(operation) : asItWas)),
    );
  });
}

function remedyOf(
  error: unknown,
  { query }: ApolloLink.Operation,
  isByCookie: boolean,
): Remedy | null {
  if (ServerError.is(error)) {
    const remedy = () => remedyFor(parsed(error.bodyText), fieldsOf(query), isByCookie) ?? "token";
    return error.statusCode === 401 ? remedy() : null;
  }
  if (!CombinedGraphQLErrors.is(error)) return null;
  const { data, errors } = error;
  return remedyFor({ data, errors }, fieldsOf(query), isByCookie);
}
