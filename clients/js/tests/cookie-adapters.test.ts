import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { Client, fetchExchange } from "@urql/core";
import { authExchange } from "@urql/exchange-auth";
import { GraphQLClient } from "graphql-request";
import { beforeEach, describe, expect, test } from "vitest";
import { authLink } from "../src/apollo.js";
import { withAuth } from "../src/graphql-request.js";
import { socketAuth } from "../src/graphql-ws.js";
import { Auth } from "../src/index.js";
import { authConfig } from "../src/urql.js";
import { CookieServer } from "./cookie-server.js";
import { json, wanting } from "./server.js";

// As adapters.test.ts has it for tokens: here a cookie alone stands for who is asking.
const ADA = { email: "ada@example.com", password: "a first pass phrase" };
const ME = "query Me { me { id } }";
const PAY = "mutation Pay { pay { id } }";

type Ask = (document: string) => Promise<unknown>;
let server: CookieServer;
let url: string;
let auth: Auth;

async function onStepUp(): Promise<boolean> {
  return (await auth.reauthenticate({ totpCode: "123456" })).__typename === "AuthPayload";
}

beforeEach(async () => {
  server = new CookieServer();
  url = `https://${crypto.randomUUID()}.example.com/graphql`;
  auth = new Auth({ url, transport: "SESSION", fetch: server.fetch, onStepUp });
  await auth.login(ADA);
  server.asked.length = server.requests.length = 0;
  return () => auth.close();
});

function apollo(): Ask {
  const link = authLink(auth).concat(new HttpLink({ uri: url, fetch: server.fetch }));
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  return (document) =>
    document.startsWith("mutation")
      ? client.mutate({ mutation: gql(document) })
      : client.query({ query: gql(document), fetchPolicy: "no-cache" });
}

function urql(): Ask {
  const exchanges = [authExchange(authConfig(auth)), fetchExchange];
  const client = new Client({ url, exchanges, fetch: server.fetch, preferGetMethod: false });
  return async (document) => {
    const isMutation = document.startsWith("mutation");
    const { data, error } = isMutation
      ? await client.mutation(document, {})
      : await client.query(document, {}, { requestPolicy: "network-only" });
    if (error) throw error;
    return data;
  };
}

function graphqlRequest(): Ask {
  return (document) => new GraphQLClient(url, withAuth(auth)).request(document);
}

describe.each([
  ["Apollo", apollo],
  ["urql", urql],
  ["graphql-request", graphqlRequest],
])("%s", (_, open) => {
  const sent = () =>
    server.requests.map(({ credentials, headers }) => [credentials, headers.get("Authorization")]);

  const withCookie = (field: string) =>
    server.requests.filter(
      (one, at) => server.asked[at] === field && one.credentials === "include",
    );

  test("sends the cookie and no token, also where nobody is logged in", async () => {
    const ask = open();
    await ask(ME);
    await auth.logout();
    await expect(ask(ME)).rejects.toThrow("Log in.");
    expect(server.asked).toEqual(["me", "logout", "me"]);
    expect(sent()).toEqual(Array(3).fill(["include", null]));
  });

  test("has it found out who is there, where the server knows nobody", async () => {
    server.end();
    await expect(open()(ME)).rejects.toThrow("Log in.");
    // urql sends again whatever it has found, here as nobody.
    expect(server.asked.slice(0, 2)).toEqual(["me", "who"]);
    expect(withCookie("me")).toHaveLength(1);
    expect(auth.state).toMatchObject({ status: "loggedOut", reason: "SESSION_REVOKED" });
  });

  test("sends a request again that another cookie helps, once", async () => {
    server.trouble(() => server.refuse("pay"));
    await open()(PAY);
    expect(server.asked).toEqual(["pay", "who", "pay"]);
    expect(sent()).toEqual(Array(3).fill(["include", null]));
  });

  test("does not send it as somebody else", async () => {
    server.trouble(() => {
      server.user = "eve";
      return server.refuse("pay");
    });
    await expect(open()(PAY)).rejects.toThrow("Log in.");
    expect(withCookie("pay")).toHaveLength(1);
    expect(auth.state.user?.id).toBe("eve");
  });

  test("sends a mutation again behind a further proof", async () => {
    server.trouble(() => json({ data: { pay: null }, errors: [wanting("pay")] }));
    await open()(PAY);
    expect(server.asked).toEqual(["pay", "reauthenticate", "pay"]);
    expect(sent()).toEqual(Array(3).fill(["include", null]));
  });
});

test("graphql-ws presents nothing, and finds out who is there where the socket says so", async () => {
  const options = socketAuth(auth);
  const connect = options.connectionParams as () => Promise<unknown>;
  expect(await connect()).toEqual({});
  server.end();
  options.on?.closed?.({ code: 4401 });
  expect(await connect()).toEqual({});
  expect(server.asked).toEqual(["who"]);
  expect(auth.state.status).toBe("loggedOut");
});
