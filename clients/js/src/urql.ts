import type { Operation } from "@urql/core";
import type { AuthConfig, AuthUtilities } from "@urql/exchange-auth";
import { type Auth, isTokenRefused } from "./index.js";

/** What urql's exchange is to be given: `authExchange(authConfig(auth))`. */
export function authConfig(auth: Auth) {
  return async ({ appendHeaders }: AuthUtilities): Promise<AuthConfig> => {
    let refused: string | null = null;
    let isSomebodyElse = false;
    return {
      addAuthToOperation(operation) {
        const isOthers = operation.context["authAttempt"] && isSomebodyElse;
        const token = isOthers ? null : auth.currentAccessToken;
        return token ? appendHeaders(operation, { Authorization: `Bearer ${token}` }) : operation;
      },
      willAuthError: () => auth.isStale,
      didAuthError({ graphQLErrors, response }, operation) {
        const isRefused = response?.status === 401 || isTokenRefused(graphQLErrors);
        if (!isRefused || !isRepeatable(operation)) return false;
        refused = tokenOf(operation);
        return refused !== null;
      },
      async refreshAuth() {
        const before = refused;
        refused = null;
        isSomebodyElse = before !== null && !(await auth.recover(before));
        await auth.accessToken();
      },
    };
  };
}

/** A mutation of several fields may have done one of them. */
function isRepeatable({ kind, query }: Operation): boolean {
  const [first] = query.definitions.flatMap((one) =>
    one.kind === "OperationDefinition" ? one.selectionSet.selections.length : [],
  );
  return kind !== "mutation" || first === 1;
}

function tokenOf({ context: { fetchOptions } }: Operation): string | null {
  const { headers } = (typeof fetchOptions === "function" ? fetchOptions() : fetchOptions) ?? {};
  return new Headers(headers).get("Authorization")?.replace(/^Bearer /, "") ?? null;
}
