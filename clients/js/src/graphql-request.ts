import type { Auth } from "./index.js";

/** Options for graphql-request: `new GraphQLClient(url, withAuth(auth))`. */
export const withAuth = (auth: Auth): { fetch: Auth["fetch"] } => ({ fetch: auth.fetch });
