// Asks by hashes as Apollo Client does: with the hash in a POST, and in a GET.
import { createHash } from "node:crypto";
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { createPersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { DOCUMENTS, endpoint, recorded } from "./recorded.mjs";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

async function ask(useGETForHashedQueries) {
  const { fetch, requests } = recorded();
  const persisted = createPersistedQueryLink({ sha256, useGETForHashedQueries });
  const http = new HttpLink({ uri: endpoint.url, headers: endpoint.headers, fetch });
  const client = new ApolloClient({ link: persisted.concat(http), cache: new InMemoryCache() });
  const answers = [];
  for (const document of DOCUMENTS) {
    const { data } = await client.query({ query: gql(document) });
    answers.push(data);
  }
  return { answers, requests };
}

console.log(JSON.stringify([await ask(false), await ask(true)]));
