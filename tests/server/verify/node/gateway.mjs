// Hive Gateway before an API that trusts it: who is asking is what the gateway says.
import { createServer } from "node:http";
import { createGatewayRuntime } from "@graphql-hive/gateway-runtime";
import useJWT, {
  createRemoteJwksSigningKeyProvider,
  extractFromHeader,
  useForwardedJWT,
} from "@graphql-mesh/plugin-jwt-auth";
import { createSchema, createYoga } from "graphql-yoga";

const [jwksUri, issuer, audience, algorithm] = process.argv.slice(2);

const api = createYoga({
  schema: createSchema({
    typeDefs: "type Query { who: String roles: [String!] }",
    resolvers: {
      Query: {
        who: (_root, _arguments, context) => context.jwt?.payload.sub,
        roles: (_root, _arguments, context) => context.jwt?.payload.roles,
      },
    },
  }),
  plugins: [useForwardedJWT({})],
  logging: false,
});

function listen(handler) {
  return new Promise((resolve) => {
    const server = createServer(handler).listen(0, "127.0.0.1", () => resolve(server.address().port));
  });
}

const gateway = createGatewayRuntime({
  proxy: { endpoint: `http://127.0.0.1:${await listen(api)}/graphql` },
  plugins: () => [
    useJWT({
      signingKeyProviders: [createRemoteJwksSigningKeyProvider({ jwksUri })],
      tokenLookupLocations: [extractFromHeader({ name: "authorization", prefix: "Bearer" })],
      tokenVerification: { issuer, audience, algorithms: [algorithm] },
      reject: { missingToken: true, invalidToken: true },
      forward: { payload: true },
    }),
  ],
  logging: false,
});

console.log(await listen(gateway));
process.stdin.resume().on("end", () => process.exit());
