import { expect, test } from "vitest";
import { request } from "../src/index.js";
import { json, Server } from "./server.js";

const URL_ = "https://auth.example.com/graphql";
const FORGOTTEN = "mutation ($email: String!) { requestPasswordReset(email: $email) { ok } }";
const EMAIL = { email: "ada@example.com" };

test("what nobody is logged in for is one request, without a token and with cookies", async () => {
  const server = new Server();
  const sent: RequestInit[] = [];
  const answer = { requestPasswordReset: { ok: true } };
  server.next(() => json({ data: answer }));
  const send = (input: RequestInfo | URL, init: RequestInit = {}) => {
    sent.push(init);
    return server.fetch(input, init);
  };
  expect(await request(FORGOTTEN, EMAIL, { url: URL_, fetch: send })).toEqual(answer);
  expect(server.asked).toEqual(["requestPasswordReset"]);
  expect(server.signatures).toEqual([null]);
  expect(sent).toMatchObject([{ credentials: "include" }]);
  expect(JSON.parse(String(sent[0]?.body))).toEqual({ query: FORGOTTEN, variables: EMAIL });
});

test("what goes wrong with it is told as ever", async () => {
  const server = new Server();
  const extensions = { code: "TOO_MANY_ATTEMPTS", retryAfter: 7 };
  server.next(() => json({ errors: [{ message: "Later.", extensions }] }, 429));
  await expect(request(FORGOTTEN, EMAIL, { url: URL_, fetch: server.fetch })).rejects.toMatchObject(
    { name: "AuthError", code: "TOO_MANY_ATTEMPTS", retryAfter: 7 },
  );
});
