import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { Client, fetchExchange } from "@urql/core";
import { authExchange } from "@urql/exchange-auth";
import { GraphQLClient } from "graphql-request";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { authLink } from "../src/apollo.js";
import { withAuth } from "../src/graphql-request.js";
import { socketAuth } from "../src/graphql-ws.js";
import { Auth } from "../src/index.js";
import { authConfig } from "../src/urql.js";
import { expired, json, refuse, Server, wanting } from "./server.js";

const ADA = { email: "ada@example.com", password: "a first pass phrase" };
const ME = "query Me { me { id } }";
const PAY = "mutation Pay { pay { id } }";
const PAY_TWICE = "mutation Pay { pay { id } again: pay { id } }";

type Ask = (document: string) => Promise<unknown>;
let server: Server;
let url: string;
let auth: Auth;
let isProved: boolean;

async function onStepUp(): Promise<boolean> {
  if (isProved) await auth.reauthenticate({ totpCode: "123456" });
  return isProved;
}

beforeEach(async () => {
  isProved = true;
  server = new Server();
  url = `https://${crypto.randomUUID()}.example.com/graphql`;
  auth = new Auth({ url, fetch: server.fetch, onStepUp });
  await auth.login(ADA);
  server.asked.length = 0;
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
      : await client.query(document, {});
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
  test("sends a request again whose token was refused", async () => {
    server.forgetTokens();
    await open()(ME);
    expect(server.asked).toEqual(["me", "refreshToken", "me"]);
  });

  test("does not send a third", async () => {
    const refusing = () => json({ data: { me: null }, errors: [expired] });
    server.next(refusing, null, refusing, refusing);
    await expect(open()(ME)).rejects.toThrow("The access token has expired.");
    expect(server.asked).toEqual(["me", "refreshToken", "me"]);
  });

  test("does not send for one person what another has asked", async () => {
    server.lifetime = 0.02;
    await auth.refresh();
    await new Promise((resolve) => setTimeout(resolve, 30));
    server.user = "eve";
    await expect(open()("mutation Pay { pay { id } }")).rejects.toThrow("Somebody else");
    expect(server.count("pay")).toBe(0);
  });

  test("does not repeat a mutation of which a part was done", async () => {
    server.next(() => json({ data: { pay: { id: 1 }, again: null }, errors: [expired] }));
    await expect(open()(PAY_TWICE)).rejects.toThrow();
    expect(server.asked).toEqual(["pay"]);
  });

  test("sends a mutation again behind a further proof", async () => {
    server.next(() => json({ data: { pay: null }, errors: [wanting("pay")] }));
    await open()(PAY);
    expect(server.asked).toEqual(["pay", "reauthenticate", "pay"]);
  });

  test("does not send it a third time", async () => {
    const refusing = () => json({ data: { pay: null }, errors: [wanting("pay")] });
    server.next(refusing, null, refusing, refusing);
    await expect(open()(PAY)).rejects.toThrow("Prove once more who you are.");
    expect(server.asked).toEqual(["pay", "reauthenticate", "pay"]);
  });

  test("says what is wanted where it is not proved", async () => {
    isProved = false;
    const refusing = () => json({ data: { pay: null }, errors: [wanting("pay")] });
    server.next(refusing, refusing);
    await expect(open()(PAY)).rejects.toThrow("Prove once more who you are.");
    expect(new Set(server.asked)).toEqual(new Set(["pay"]));
  });

  test("sends it again where the API has answered 401 with what it wants", async () => {
    const { message, extensions } = wanting();
    server.next(() => json({ errors: [{ message, extensions }] }, 401));
    await open()(PAY);
    expect(server.asked).toEqual(["pay", "reauthenticate", "pay"]);
  });

  test("does not repeat a mutation that has run, whatever was refused beside", async () => {
    server.next(() => json({ data: { pay: null, again: null }, errors: [wanting("again")] }));
    await expect(open()(PAY_TWICE)).rejects.toThrow();
    server.next(() => json({ data: { pay: null }, errors: [wanting("pay", "secret")] }));
    await expect(open()(PAY)).rejects.toThrow();
    expect(server.asked).toEqual(["pay", "pay"]);
  });

  test("does not ask as somebody else who has logged in since", async () => {
    server.forgetTokens();
    server.user = "eve";
    await expect(open()("mutation Pay { pay { id } }")).rejects.toThrow();
    expect(server.signatures).not.toContain("Bearer access-2");
  });

  test("hands on why the token could not be replaced", async () => {
    server.next(
      () => json({ data: { me: null }, errors: [expired] }),
      () => refuse("TooManyAttempts", { retryAfter: 7, message: "Wait." }),
    );
    await expect(open()(ME)).rejects.toThrow("Wait.");
    expect(auth.state.status).toBe("loggedIn");
  });
});

describe("graphql-ws", () => {
  const close = (options: ReturnType<typeof socketAuth>, code: number) =>
    options.on?.closed?.({ code });

  test("connects again with a fresh token where the old one has expired", async () => {
    const options = socketAuth(auth);
    const connect = options.connectionParams as () => Promise<unknown>;
    expect(await connect()).toEqual({ Authorization: "Bearer access-1" });
    close(options, 4403);
    expect(await connect()).toEqual({ Authorization: "Bearer access-2" });
  });

  test("finds out whether the session is over where the socket says so", async () => {
    const options = socketAuth(auth);
    await (options.connectionParams as () => Promise<unknown>)();
    server.next(() => refuse("SessionRevoked"));
    close(options, 4401);
    await vi.waitFor(() => expect(auth.state.status).toBe("loggedOut"));
  });

  test("thinks nothing of other ends", async () => {
    const options = socketAuth(auth);
    await (options.connectionParams as () => Promise<unknown>)();
    close(options, 1006);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.asked).toEqual([]);
  });
});
