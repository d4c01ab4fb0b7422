// Asks by hashes as urql does, by POST, since it would fall back with the method it began with.
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { DOCUMENTS, endpoint, recorded } from "./recorded.mjs";

const { fetch, requests } = recorded();
const client = new Client({
  url: endpoint.url,
  fetch,
  fetchOptions: { headers: endpoint.headers },
  preferGetMethod: false,
  exchanges: [persistedExchange({ preferGetForPersistedQueries: false }), fetchExchange],
});
const answers = [];
for (const document of DOCUMENTS) {
  const { data, error } = await client.query(document, {}).toPromise();
  answers.push(data ?? error.message);
}
console.log(JSON.stringify({ answers, requests }));
