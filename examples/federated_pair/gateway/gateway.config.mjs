// What Hive Gateway passes on, and to whom. docs/federation.md says why.
const toAuthberry = ["cookie", "origin", "sec-fetch-site", "user-agent"];

export const gatewayConfig = {
  supergraph: "./supergraph.graphql",
  // Whose pages may ask; by default, anybody's.
  cors: { origin: ["http://localhost:5173"], credentials: true },
  propagateHeaders: {
    fromClientToSubgraphs({ request, subgraphName, context }) {
      const headers = { authorization: request.headers.get("authorization") };
      if (subgraphName === "authberry") {
        for (const name of toAuthberry) headers[name] = request.headers.get(name);
        // Who is connected, and not who the client says it is.
        headers["x-forwarded-for"] = context.req.socket.remoteAddress;
      }
      return headers;
    },
    fromSubgraphsToClient({ response, subgraphName }) {
      if (subgraphName !== "authberry") return;
      return {
        "set-cookie": response.headers.getSetCookie(),
        "retry-after": response.headers.get("retry-after"),
      };
    },
  },
};
