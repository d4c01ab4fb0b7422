import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { Client, fetchExchange } from "@urql/core";
import { authExchange } from "@urql/exchange-auth";
import type { Auth } from "authberry";
import { authLink } from "authberry/apollo";
import { withAuth } from "authberry/graphql-request";
import { authConfig } from "authberry/urql";
import { GraphQLClient } from "graphql-request";

interface Me {
  readonly me: { readonly email: string } | null;
}
type Ask = () => Promise<Me>;

const ME = "query Me { me { id email } }";

export function apollo(auth: Auth, uri: string): Ask {
  const link = authLink(auth).concat(new HttpLink({ uri }));
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const options = { query: gql(ME), fetchPolicy: "no-cache" } as const;
  return async () => (await client.query<Me>(options)).data as Me;
}

export function urql(auth: Auth, url: string): Ask {
  const exchanges = [authExchange(authConfig(auth)), fetchExchange];
  const client = new Client({ url, exchanges, preferGetMethod: false });
  return async () => {
    const { data, error } = await client.query<Me>(ME, {}, { requestPolicy: "network-only" });
    if (error) throw error;
    return data as Me;
  };
}

export function graphqlRequest(auth: Auth, url: string): Ask {
  const client = new GraphQLClient(url, withAuth(auth));
  return () => client.request<Me>(ME);
}
