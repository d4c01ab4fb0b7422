import type { Operation } from "@urql/core";
import type { AuthConfig, AuthUtilities } from "@urql/exchange-auth";
import type { Credential } from "./credential.js";
import type { Auth } from "./index.js";
import { fieldsOf, type Remedy, remedyFor } from "./remedy.js";

/** What urql's exchange is to be given: `authExchange(authConfig(auth))`. */
export function authConfig(auth: Auth) {
  return async ({ appendHeaders }: AuthUtilities): Promise<AuthConfig> => {
    let refused: string | null = null;
    let remedy: Remedy | null = null;
    let isSomebodyElse = false;
    return {
      addAuthToOperation(operation) {
        const isOthers = operation.context["authAttempt"] && isSomebodyElse;
        const credential = isOthers ? NOBODY : auth.currentCredential;
        const { context, ...signed } = appendHeaders(operation, credential.headers);
        const fetchOptions = { ...context.fetchOptions, ...cookiesOf(credential) };
        return { ...signed, context: { ...context, credential, fetchOptions } };
      },
      willAuthError: () => auth.isStale,
      didAuthError({ graphQLErrors: errors, response }, operation) {
        const credential = credentialOf(operation);
        const answer = { data: nothingOf(operation), errors };
        const isUnauthorized = response?.status === 401 && isRepeatable(operation);
        const found = remedyFor(answer, fieldsOf(operation.query), !!credential?.isCookie);
        if (!credential?.id || !(found || isUnauthorized)) return false;
        refused = credential.id;
        remedy = found ?? "token";
        return true;
      },
      async refreshAuth() {
        const [before, wanted] = [refused, remedy];
        refused = remedy = null;
        const isHelped =
          wanted && wanted !== "token" ? auth.stepUp(wanted, before) : auth.recover(before);
        const isSame = (await isHelped) || before === auth.currentCredential.id;
        isSomebodyElse = before !== null && !isSame;
        await auth.credential();
      },
    };
  };
}

/** A mutation of several fields may have done one of them. */
const isRepeatable = ({ query }: Operation): boolean => fieldsOf(query) < 2;

/** As if nothing had been answered: urql shows errors without what stands beside them. */
function nothingOf({ query }: Operation): object {
  const roots = query.definitions.flatMap((one) =>
    one.kind === "OperationDefinition" ? one.selectionSet.selections : [],
  );
  const key = (one: (typeof roots)[number]) =>
    one.kind === "Field" ? (one.alias ?? one.name).value : "...";
  return Object.fromEntries(roots.map((one) => [key(one), null]));
}

/** What one person has asked is sent again as nobody, where somebody else has logged in since. */
const NOBODY: Credential = { id: null, headers: {}, isCookie: false };

function cookiesOf(credential: Credential): RequestInit {
  if (credential === NOBODY) return { credentials: "omit" };
  return credential.isCookie ? { credentials: "include" } : {};
}

function credentialOf({ context }: Operation): Credential | undefined {
  return context["credential"] as Credential | undefined;
}
