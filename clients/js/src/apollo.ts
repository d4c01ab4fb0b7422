import { CombinedGraphQLErrors, ServerError } from "@apollo/client/errors";
import { ApolloLink } from "@apollo/client/link";
import { SetContextLink } from "@apollo/client/link/context";
import { ErrorLink } from "@apollo/client/link/error";
import { from, mergeMap, of, throwError } from "rxjs";
import { type Auth, isTokenRefused } from "./index.js";
import { hasNothing } from "./signing.js";

/** A link for Apollo Client 4, to stand before the one that sends. */
export function authLink(auth: Auth): ApolloLink {
  const sign = new SetContextLink(async ({ headers }) => {
    const accessToken = await auth.accessToken();
    return accessToken
      ? { accessToken, headers: { ...headers, Authorization: `Bearer ${accessToken}` } }
      : {};
  });
  const tryAgainOnce = new ErrorLink(({ error, result, operation, forward }) => {
    if (!mayTryAgain(error, operation)) return;
    const { accessToken = null } = operation.getContext() as { accessToken?: string };
    const asItWas = result ? of(result) : throwError(() => error);
    return from(auth.recover(accessToken)).pipe(
      mergeMap((isRecovered) => (isRecovered ? forward(operation) : asItWas)),
    );
  });
  return ApolloLink.from([tryAgainOnce, sign]);
}

function mayTryAgain(error: unknown, { operationType }: ApolloLink.Operation): boolean {
  if (ServerError.is(error)) return error.statusCode === 401;
  if (!CombinedGraphQLErrors.is(error) || !isTokenRefused(error.errors)) return false;
  return operationType !== "mutation" || hasNothing(error.data);
}
