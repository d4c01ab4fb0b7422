import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Auth, AuthError, type AuthOptions } from "../src/index.js";
import { expired, json, refuse, Server, type Trouble } from "./server.js";

const URL_ = "https://auth.example.com/graphql";
const ADA = { email: "ada@example.com", password: "a first pass phrase" };
const ME = "query { me { id } }";

let server: Server;
const opened: Auth[] = [];

function open(options: AuthOptions = {}): Auth {
  const auth = new Auth({ url: URL_, fetch: server.fetch, ...options });
  opened.push(auth);
  return auth;
}

async function openLoggedIn(options: AuthOptions = {}): Promise<Auth> {
  const auth = open(options);
  await auth.login(ADA);
  return auth;
}

function pass(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000);
}

beforeEach(() => {
  server = new Server();
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  for (const auth of opened.splice(0)) auth.close();
  vi.useRealTimers();
});

describe("logging in and out", () => {
  test("a login says who is there, and tells it", async () => {
    const auth = open();
    const told = vi.fn();
    auth.onChange(told);
    expect(auth.state.status).toBe("unknown");
    await auth.login(ADA);
    expect(auth.state).toMatchObject({ status: "loggedIn", user: { id: "ada" } });
    expect(told.mock.calls).toEqual([[auth.state]]);
  });

  test("a mailed link logs in as a login does", async () => {
    const auth = open();
    await auth.loginWithLink("the token of a link");
    expect(auth.state).toMatchObject({ status: "loggedIn", user: { id: "ada" } });
    expect(server.asked).toEqual(["loginWithLink"]);
  });

  test("a refusal is data, and changes nothing", async () => {
    const auth = open();
    const refusal = {
      __typename: "InvalidCredentials",
      code: "INVALID_CREDENTIALS",
      message: "No.",
    };
    server.next(() => json({ data: { login: refusal } }));
    expect(await auth.login(ADA)).toEqual(refusal);
    expect(auth.state.status).toBe("unknown");
  });

  test("a logout that did not reach the server is an error, since the session lives on", async () => {
    const auth = await openLoggedIn();
    server.next(offline);
    await expect(auth.logout()).rejects.toMatchObject({ code: "NETWORK_ERROR" });
    expect(auth.state.status).toBe("loggedIn");
    await auth.logout();
    expect(auth.state).toMatchObject({ status: "loggedOut", reason: null });
    expect(await auth.accessToken()).toBeNull();
  });

  test("changing the password takes the new token", async () => {
    const auth = await openLoggedIn();
    await auth.changePassword({ currentPassword: "old", newPassword: "new" });
    expect(auth.currentAccessToken).toBe("access-2");
  });

  test("changing the password with a token that has just expired works at the second attempt", async () => {
    const auth = await openLoggedIn();
    server.next(() => json({ data: { changePassword: null }, errors: [expired] }));
    const answer = await auth.changePassword({ currentPassword: "old", newPassword: "new" });
    expect(answer.__typename).toBe("AuthPayload");
    expect(server.asked).toEqual(["login", "changePassword", "refreshToken", "changePassword"]);
  });
});

describe("requests", () => {
  test("carry the token, and only to the origins named", async () => {
    const auth = await openLoggedIn({ origins: ["https://api.example.com"] });
    server.signatures.length = 0;
    await auth.fetch("https://api.example.com/things");
    await auth.fetch("https://elsewhere.example.com/things");
    expect(server.signatures).toEqual(["Bearer access-1", null]);
  });

  test("wait for the answer to who is there", async () => {
    const auth = open();
    expect(await auth.request(ME)).toEqual({ me: { id: "ada" } });
    expect(server.asked).toEqual(["refreshToken", "me"]);
  });

  test("replace a token shortly before it expires, once however many there are", async () => {
    const auth = await openLoggedIn();
    pass(271);
    await Promise.all(Array.from({ length: 20 }, () => auth.request(ME)));
    expect(server.count("refreshToken")).toBe(1);
    expect(server.count("me")).toBe(20);
  });

  test("are sent once more when the token was refused", async () => {
    const auth = await openLoggedIn();
    server.forgetTokens();
    expect(await auth.request(ME)).toEqual({ me: { id: "ada" } });
    expect(server.asked).toEqual(["login", "me", "refreshToken", "me"]);
  });

  test("are not sent a third time", async () => {
    const auth = await openLoggedIn();
    const refusing = () => json({ data: { me: null }, errors: [expired] });
    server.next(refusing, null, refusing, refusing);
    await expect(auth.request(ME)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(server.count("me")).toBe(2);
    expect(auth.state.status).toBe("loggedIn");
  });

  test("that have changed something are not sent again", async () => {
    const auth = await openLoggedIn();
    server.next(() => json({ data: { order: { id: 1 }, pay: null }, errors: [expired] }));
    const query = "mutation Two { order { id } pay { id } }";
    await expect(auth.request(query)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(server.asked).toEqual(["login", "order"]);
  });

  test("of one person are not sent again for another", async () => {
    const auth = await openLoggedIn();
    server.forgetTokens();
    server.user = "eve";
    await expect(auth.request("mutation Pay { pay { id } }")).rejects.toBeInstanceOf(AuthError);
    expect(server.count("pay")).toBe(1);
    expect(auth.state.user?.id).toBe("eve");
  });

  test("of one person are not sent for another, whose token there is by then", async () => {
    const auth = await openLoggedIn();
    pass(301);
    server.user = "eve";
    const paying = auth.request("mutation Pay { pay { id } }");
    await expect(paying).rejects.toMatchObject({ name: "AuthError", code: "UNAUTHENTICATED" });
    expect(server.asked).toEqual(["login", "refreshToken"]);
    expect(auth.state.user?.id).toBe("eve");
    expect(await auth.request(ME)).toEqual({ me: { id: "eve" } });
  });

  test("that learn late of a token that is replaced by then replace nothing", async () => {
    const auth = await openLoggedIn();
    expect(await auth.recover("access-1")).toBe(true);
    expect(await auth.recover("access-1")).toBe(true);
    expect(server.count("refreshToken")).toBe(1);
  });

  test("to an API that only answers 401 are sent once more, too", async () => {
    const auth = await openLoggedIn();
    server.next(() => new Response("", { status: 401 }));
    const things = new Request("https://auth.example.com/things", { method: "PUT", body: "{}" });
    expect((await auth.fetch(things)).status).toBe(200);
    expect(server.asked).toEqual(["login", "/things", "refreshToken", "/things"]);
  });
});

const offline: Trouble = () => {
  throw new TypeError("Failed to fetch");
};

const TEMPORARY: [string, string, Trouble][] = [
  ["offline", "NETWORK_ERROR", offline],
  ["a connection that breaks", "NETWORK_ERROR", () => new Response(broken())],
  ["no answer in time", "NETWORK_ERROR", never],
  ["throttled", "CODE", () => refuse("TooManyAttempts", { retryAfter: 7 })],
  ["unavailable", "SERVICE_UNAVAILABLE", () => unavailable()],
  ["a proxy's error page", "SERVICE_UNAVAILABLE", () => new Response("<h1>502", { status: 502 })],
  ["a hotel's login page", "SERVICE_UNAVAILABLE", () => new Response("<h1>Room number?")],
  ["a refusal nobody has heard of", "CODE", () => refuse("MoonPhaseWrong")],
];

describe("a refresh that fails for a while", () => {
  test.each(TEMPORARY)("logs nobody out: %s", async (_, code, trouble) => {
    const auth = await openLoggedIn({ patienceSeconds: 0.05 });
    pass(301);
    server.next(trouble);
    await expect(auth.request(ME)).rejects.toMatchObject({ name: "AuthError", code });
    expect(auth.state.status).toBe("loggedIn");
    expect(server.count("me")).toBe(0);
  });

  test("lets a request through that the old token is still good for", async () => {
    const auth = await openLoggedIn();
    pass(280);
    server.next(offline);
    expect(await auth.request(ME)).toEqual({ me: { id: "ada" } });
    expect(server.asked).toEqual(["login", "refreshToken", "me"]);
  });

  test("fails once for all who wait for it", async () => {
    const auth = await openLoggedIn();
    pass(301);
    server.next(offline, offline);
    const asking = Array.from({ length: 20 }, () => auth.request(ME));
    const outcomes = await Promise.allSettled(asking);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(["rejected"]));
    expect(server.count("refreshToken")).toBe(1);
  });

  test("is not tried again before the server wants it", async () => {
    const auth = await openLoggedIn();
    pass(301);
    server.next(() => refuse("TooManyAttempts", { retryAfter: 7 }));
    await expect(auth.request(ME)).rejects.toMatchObject({ retryAfter: 7 });
    await expect(auth.request(ME)).rejects.toMatchObject({ retryAfter: 7 });
    expect(server.count("refreshToken")).toBe(1);
  });

  test("leaves unknown who is there when the page starts", async () => {
    const auth = open();
    server.next(offline);
    expect((await auth.restore()).status).toBe("unknown");
    expect((await auth.restore()).status).toBe("loggedIn");
  });
});

describe("a refresh that is refused", () => {
  test.each([
    "RefreshTokenMissing",
    "RefreshTokenInvalid",
    "RefreshTokenExpired",
    "RefreshTokenReused",
    "SessionRevoked",
  ])("%s ends it", async (refusal) => {
    const auth = await openLoggedIn();
    server.next(() => refuse(refusal, { code: "WHY" }));
    expect(await auth.refresh()).toMatchObject({ status: "loggedOut", reason: "WHY" });
    expect(auth.currentAccessToken).toBeNull();
  });
});

describe("clocks", () => {
  test("set back by a day keep the token as old as it is", async () => {
    server.lifetime = 0.1;
    const auth = await openLoggedIn();
    pass(-86_400);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(auth.isStale).toBe(true);
  });

  test("put forward by a year cost one refresh", async () => {
    const auth = await openLoggedIn();
    pass(365 * 86_400);
    await auth.request(ME);
    await auth.request(ME);
    expect(server.count("refreshToken")).toBe(1);
    expect(auth.state.status).toBe("loggedIn");
  });
});

describe("without a cookie jar", () => {
  const keeping = (kept: { token: string | null }) => ({
    get: async () => kept.token,
    set: async (token: string) => {
      kept.token = token;
    },
    remove: async () => {
      kept.token = null;
    },
  });

  test("the refresh token is kept where the program says", async () => {
    const kept = { token: null as string | null };
    const auth = await openLoggedIn({ transport: "BODY", storage: keeping(kept) });
    expect(kept.token).toBe("refresh-1");
    await auth.refresh();
    expect(kept.token).toBe("refresh-2");
    await auth.logout();
    expect(kept.token).toBeNull();
  });

  test("an answer that repeats the token takes back nothing newer", async () => {
    const kept = { token: null as string | null };
    const storage = keeping(kept);
    const auth = await openLoggedIn({ transport: "BODY", storage });
    server.repeats = true;
    storage.get = async () => {
      const token = kept.token;
      kept.token = "another program's, a moment later";
      return token;
    };
    expect((await auth.refresh()).status).toBe("loggedIn");
    expect(kept.token).toBe("another program's, a moment later");
  });

  test("the next run goes on with it", async () => {
    const kept = { token: "refresh-1" as string | null };
    const auth = open({ transport: "BODY", storage: keeping(kept) });
    expect((await auth.restore()).status).toBe("loggedIn");
    expect(kept.token).toBe("refresh-1");
  });

  test("nobody is asked where there is none", async () => {
    const auth = open({ transport: "BODY" });
    expect((await auth.restore()).status).toBe("loggedOut");
    expect(server.asked).toEqual([]);
  });
});

function unavailable(): Response {
  const extensions = { code: "SERVICE_UNAVAILABLE", retryAfter: 1 };
  return json({ errors: [{ message: "Later.", extensions }] }, 503);
}

function broken(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"da'));
      controller.error(new TypeError("network error"));
    },
  });
}

function never(signal: AbortSignal | null | undefined): Promise<Response> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}
