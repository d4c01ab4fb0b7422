import { GraphQLClient } from "graphql-request";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { forwarded } from "../src/server.js";
import { granted, json, type Trouble } from "./server.js";

const url = "https://auth.example.com/graphql";
const COOKIE = "theme=dark; __Host-session=a-secret";
const { user, session } = granted("ada", "");
const known = () => json({ data: { me: user, session } });
const nobody = () =>
  json({
    data: { me: null, session: null },
    errors: [
      { message: "No.", extensions: { code: "UNAUTHENTICATED", reason: "SESSION_REVOKED" } },
    ],
  });

let sent: Request[];
let inits: (RequestInit | undefined)[];
let answer: Trouble;

const fetch_: typeof fetch = async (input, init) => {
  sent.push(new Request(input, init));
  inits.push(init);
  return answer(init?.signal);
};

beforeEach(() => {
  sent = [];
  inits = [];
  answer = known;
});

const headersOf = (request: Request | undefined) => Object.fromEntries(request?.headers ?? []);

describe("whoever has sent a request", () => {
  const asked = new Request("https://app.example.com/page", {
    headers: {
      Cookie: COOKIE,
      Authorization: "Bearer of-the-frontend",
      Origin: "https://evil.example.com",
      "User-Agent": "Chromium",
      "X-Forwarded-For": "192.0.2.1",
    },
  });

  test.each([
    ["a request", asked],
    ["headers", asked.headers],
    ["a cookie", COOKIE],
    ["what Next.js has", { get: (name: string) => asked.headers.get(name) }],
  ])("is known by their cookie, and nothing else goes along: %s", async (_, visit) => {
    await forwarded(visit, { url, fetch: fetch_ }).state();
    expect(sent.map((request) => request.url)).toEqual([url]);
    expect(headersOf(sent[0])).toEqual({
      accept: "application/json",
      "content-type": "application/json",
      cookie: COOKIE,
    });
    expect(Object.keys(inits[0] ?? {}).sort()).toEqual([
      "body",
      "cache",
      "headers",
      "method",
      "redirect",
      "signal",
    ]);
    expect(inits[0]).toMatchObject({ method: "POST", cache: "no-store", redirect: "manual" });
  });

  test("brings what is named beside", async () => {
    const headers = { "User-Agent": "Chromium", "X-Forwarded-For": "192.0.2.1" };
    await forwarded(COOKIE, { url, headers, fetch: fetch_ }).state();
    expect(headersOf(sent[0])).toMatchObject({
      "user-agent": "Chromium",
      "x-forwarded-for": "192.0.2.1",
    });
  });

  test("is who the server says, or nobody, or not known now", async () => {
    const visitor = forwarded(COOKIE, { url, fetch: fetch_ });
    const state = { status: "loggedIn", user, session, expiresAt: session.expiresAt };
    expect(await visitor.state()).toEqual(state);
    answer = nobody;
    expect(await visitor.state()).toMatchObject({ status: "loggedOut", reason: "SESSION_REVOKED" });
    answer = () => new Response("", { status: 503 });
    expect(await visitor.state()).toMatchObject({ status: "unknown", user: null });
  });

  test.each([[null], [undefined], [""], [new Headers()]])(
    "is nobody without a cookie: %s",
    async (visit) => {
      const visitor = forwarded(visit, { url, fetch: fetch_ });
      expect(await visitor.state()).toMatchObject({ status: "loggedOut", reason: null });
      expect(sent).toEqual([]);
    },
  );

  test("asks whatever a page wants, and is told why not", async () => {
    const visitor = forwarded(COOKIE, { url, fetch: fetch_ });
    expect(await visitor.request("{ me { id } }")).toEqual({ me: user, session });
    answer = nobody;
    const refusal = { name: "AuthError", code: "UNAUTHENTICATED", reason: "SESSION_REVOKED" };
    await expect(visitor.request("{ me { id } }")).rejects.toMatchObject(refusal);
  });
});

describe("the cookie", () => {
  test("is sent to no other address", async () => {
    const visitor = forwarded(COOKIE, { url, fetch: fetch_ });
    for (const other of [
      "https://auth.example.com/other",
      "https://auth.example.com.evil.example/graphql",
      "http://auth.example.com/graphql",
      "https://evil.example.com/graphql",
    ]) {
      await expect(visitor.fetch(other)).rejects.toThrow(TypeError);
      await expect(visitor.fetch(new Request(other))).rejects.toThrow(TypeError);
    }
    expect(sent).toEqual([]);
  });

  test("is taken nowhere by a redirect", async () => {
    answer = () => new Response("", { status: 307, headers: { Location: "https://evil.example" } });
    const visitor = forwarded(COOKIE, { url, fetch: fetch_ });
    await expect(visitor.request("{ me { id } }")).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
    });
    expect(inits[0]?.redirect).toBe("manual");
  });

  test("goes along with what a library asks, by GET as well, without its token", async () => {
    const visitor = forwarded(COOKIE, { url, fetch: fetch_ });
    const client = new GraphQLClient(url, {
      fetch: visitor.fetch,
      headers: { Authorization: "Bearer x" },
    });
    expect(await client.request("{ me { id } }")).toEqual({ me: user, session });
    await visitor.fetch(`${url}?query=%7Bme%7Bid%7D%7D`);
    expect(sent.map(({ method }) => method)).toEqual(["POST", "GET"]);
    expect(sent.map(({ headers }) => headers.get("Cookie"))).toEqual([COOKIE, COOKIE]);
    expect(sent[0]?.headers.get("Authorization")).toBeNull();
  });

  test("of one visitor is never another's", async () => {
    const visitors = ["a=1", "b=2"].map((cookie) => forwarded(cookie, { url, fetch: fetch_ }));
    await Promise.all(visitors.map((visitor) => visitor.state()));
    expect(sent.map(({ headers }) => headers.get("Cookie"))).toEqual(["a=1", "b=2"]);
  });
});

describe("what the answers set", () => {
  const SESSION = "__Host-session=abc.def; HttpOnly; Max-Age=7776000; Path=/; SameSite=lax; Secure";
  const WIDE =
    '__Secure-session=""; Domain=example.com; Max-Age=0; Path=/; Partitioned; SameSite=None; Secure';

  test("is there to be handed on, as it came and by its parts", async () => {
    answer = () => {
      const response = json({ data: { login: { __typename: "AuthPayload" } } });
      for (const one of [SESSION, WIDE]) response.headers.append("Set-Cookie", one);
      return response;
    };
    const visitor = forwarded(null, { url, fetch: fetch_ });
    await visitor.request("mutation { login { __typename } }");
    expect(visitor.cookies).toEqual([
      {
        header: SESSION,
        name: "__Host-session",
        value: "abc.def",
        options: { path: "/", maxAge: 7776000, httpOnly: true, secure: true, sameSite: "lax" },
      },
      {
        header: WIDE,
        name: "__Secure-session",
        value: "",
        options: {
          path: "/",
          domain: "example.com",
          maxAge: 0,
          httpOnly: false,
          secure: true,
          sameSite: "none",
          partitioned: true,
        },
      },
    ]);
  });

  test("is nothing where they set nothing", async () => {
    const visitor = forwarded(COOKIE, { url, fetch: fetch_ });
    await visitor.state();
    expect(visitor.cookies).toEqual([]);
  });
});

test("nothing of a page is touched, since there is none", async () => {
  const touched = vi.fn();
  const names = ["document", "window", "location", "localStorage", "sessionStorage", "navigator"];
  for (const name of [...names, "BroadcastChannel"]) {
    vi.stubGlobal(name, undefined);
    Object.defineProperty(globalThis, name, { configurable: true, get: touched });
  }
  vi.resetModules();
  const module = await import("../src/server.js");
  expect((await module.forwarded(COOKIE, { url, fetch: fetch_ }).state()).status).toBe("loggedIn");
  const asked = touched.mock.calls.length;
  for (const name of [...names, "BroadcastChannel"]) Reflect.deleteProperty(globalThis, name);
  vi.unstubAllGlobals();
  expect(asked).toBe(0);
});

test("an address that is not whole is refused at once", () => {
  expect(() => forwarded(COOKIE, { url: "/graphql" })).toThrow(TypeError);
});
