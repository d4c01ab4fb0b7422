// Compose what the two subgraphs say of themselves into the gateway's supergraph.graphql:
//
//   node compose.mjs AUTHBERRY_URL POSTS_URL
import { writeFileSync } from "node:fs";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";

const [authberry, posts] = process.argv.slice(2);

async function subgraph(name, url) {
  const body = JSON.stringify({ query: "{ _service { sdl } }" });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body });
  const { data } = await answer.json();
  return { name, url, typeDefs: parse(data._service.sdl) };
}

const subgraphs = await Promise.all([
  subgraph("authberry", `${authberry}/graphql`),
  subgraph("posts", posts),
]);
const { supergraphSdl, errors } = composeServices(subgraphs);
for (const error of errors ?? []) console.error(error.message);
if (errors?.length) process.exit(1);
writeFileSync("supergraph.graphql", supergraphSdl);
