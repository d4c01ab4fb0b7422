// Compose authberry.graphql and posts.graphql into supergraph.graphql, for where they are served:
//
//   node compose.mjs http://127.0.0.1:8000/graphql http://127.0.0.1:8001/
import { readFileSync, writeFileSync } from "node:fs";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";

const [authberry, posts] = process.argv.slice(2);
const subgraphs = Object.entries({ authberry, posts }).map(([name, url]) => ({
  name,
  url,
  typeDefs: parse(readFileSync(`${name}.graphql`, "utf8")),
}));
const { supergraphSdl, errors } = composeServices(subgraphs);
for (const error of errors ?? []) console.error(error.message);
if (errors?.length) process.exit(1);
writeFileSync("supergraph.graphql", supergraphSdl);
