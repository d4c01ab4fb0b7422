import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Auth } from "../src/index.js";
import { json, Server } from "./server.js";

// The page and its windows in the state of these tests; tests/browser/providers has real ones.
const PAGE = "https://app.example.com/login?next=1#form";
const THERE = "https://login.example.com/authorize?state=1";
const ADA = { email: "ada@example.com", password: "a first pass phrase" };

let server: Server;
let auth: Auth;
let page: { href: string; origin: string; assign: ReturnType<typeof vi.fn> };

const begun =
  (ticket: string | null = null) =>
  () => {
    const answer = { __typename: "ExternalLoginBegun", authorizationUrl: THERE, ticket };
    return json({ data: { beginExternalLogin: { ...answer, expiresAt: "" } } });
  };
const refused = (field: string, __typename: string) => () =>
  json({ data: { [field]: { __typename, code: "CODE", message: "No." } } });

function storage(): Storage {
  const held = new Map<string, string>();
  return {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => held.set(key, value),
    removeItem: (key: string) => held.delete(key),
  } as unknown as Storage;
}

/** A window that is open until a test closes it. */
function opened() {
  const popup = {
    closed: false,
    sessionStorage: storage(),
    location: { replace: vi.fn() },
    close: vi.fn(),
  };
  vi.stubGlobal("open", () => popup);
  return popup;
}

/** The page of the window, once it is back, says so. */
async function sayBack(popup: ReturnType<typeof opened>): Promise<void> {
  await vi.waitFor(() => expect(popup.location.replace).toHaveBeenCalledWith(THERE));
  const kept = JSON.parse(popup.sessionStorage.getItem("authberry external login") ?? "null");
  const channel = new BroadcastChannel(`authberry popup ${kept.popup}`);
  channel.postMessage("back");
  channel.close();
}

beforeEach(() => {
  page = { href: PAGE, origin: "https://app.example.com", assign: vi.fn() };
  vi.stubGlobal("location", page);
  vi.stubGlobal("sessionStorage", storage());
  vi.stubGlobal("document", Object.assign(new EventTarget(), { hasFocus: () => true }));
  server = new Server();
  auth = new Auth({ url: "https://auth.example.com/graphql", fetch: server.fetch });
});

afterEach(() => {
  auth.close();
  vi.unstubAllGlobals();
});

describe("logging in at a provider by leaving the page", () => {
  test("asks where to go, and goes; it comes back to this page, without its fragment", async () => {
    server.next(begun());
    expect((await auth.loginWith("acme")).__typename).toBe("ExternalLoginBegun");
    expect(page.assign.mock.calls).toEqual([[THERE]]);
    expect(server.variables).toEqual([
      {
        provider: "acme",
        returnTo: "https://app.example.com/login?next=1",
        intent: "LOGIN",
        transport: "COOKIE",
      },
    ]);
  });

  test("comes back to whichever page is wanted", async () => {
    server.next(begun());
    await auth.loginWith("acme", { returnTo: "/in#here" });
    expect(server.variables[0]?.["returnTo"]).toBe("https://app.example.com/in#here");
  });

  test("stays where it is refused", async () => {
    server.next(refused("beginExternalLogin", "TooManyAttempts"));
    expect((await auth.loginWith("acme")).__typename).toBe("TooManyAttempts");
    expect(page.assign).not.toHaveBeenCalled();
    expect(await auth.completeExternalLogin()).toBeNull();
  });

  test("is completed once, and the tokens are taken", async () => {
    server.next(begun(), null, refused("completeExternalLogin", "InvalidToken"));
    await auth.loginWith("acme");
    expect((await auth.completeExternalLogin())?.__typename).toBe("AuthPayload");
    expect(auth.state.user?.id).toBe("ada");
    expect(await auth.completeExternalLogin()).toBeNull();
    expect(server.asked).toEqual(["beginExternalLogin", "completeExternalLogin"]);
  });

  test("is completed anew where the server was not reached", async () => {
    server.next(begun(), () => Promise.reject(new TypeError("No network.")));
    await auth.loginWith("acme");
    await expect(auth.completeExternalLogin()).rejects.toMatchObject({ code: "NETWORK_ERROR" });
    expect((await auth.completeExternalLogin())?.__typename).toBe("AuthPayload");
  });

  test("is nothing to a tab that has begun none, unless the cookie is to be asked", async () => {
    expect(await auth.completeExternalLogin()).toBeNull();
    expect(server.asked).toEqual([]);
    expect((await auth.completeExternalLogin({ ticket: null }))?.__typename).toBe("AuthPayload");
  });
});

describe("what is begun by somebody who is logged in", () => {
  test.each(["LINK", "REAUTHENTICATE"] as const)("says whose it is: %s", async (intent) => {
    await auth.login(ADA);
    server.next(begun());
    await auth.loginWith("acme", { intent });
    await auth.completeExternalLogin();
    expect(server.asked).toEqual(["login", "beginExternalLogin", "completeExternalLogin"]);
    const [, ...signed] = server.signatures;
    expect(signed).toEqual(Array(2).fill("Bearer access-1"));
  });

  test("is nobody's where it is to log in", async () => {
    await auth.login(ADA);
    server.next(begun());
    await auth.loginWith("acme");
    await auth.completeExternalLogin();
    expect(server.signatures).toEqual([null, null, null]);
  });
});

describe("logging in at a provider in a window", () => {
  test("stays, and has the answer once the window is back", async () => {
    const popup = opened();
    server.next(begun());
    const answer = auth.loginWith("acme", { popup: true });
    await sayBack(popup);
    expect((await answer).__typename).toBe("AuthPayload");
    expect(auth.state.user?.id).toBe("ada");
    expect(page.assign).not.toHaveBeenCalled();
    expect(popup.close).toHaveBeenCalled();
  });

  test("holds the ticket itself where there is no cookie for tokens, and sends cookies", async () => {
    const credentials: (string | undefined)[] = [];
    const bare = new Auth({
      url: "https://auth.example.com/graphql",
      transport: "BODY",
      fetch: (input, init) => {
        credentials.push(init?.credentials);
        return server.fetch(input, init);
      },
    });
    const popup = opened();
    server.next(begun("a ticket"));
    const answer = bare.loginWith("acme", { popup: true });
    await sayBack(popup);
    expect((await answer).__typename).toBe("AuthPayload");
    expect(server.variables[1]).toEqual({ ticket: "a ticket" });
    expect(popup.sessionStorage.getItem("authberry external login")).not.toContain("a ticket");
    expect(credentials).toEqual(["include", "omit"]);
    bare.close();
  });

  test("is an error where the browser opens none, and nothing is asked", async () => {
    vi.stubGlobal("open", () => null);
    const refusal = { name: "AuthError", code: "POPUP_BLOCKED" };
    await expect(auth.loginWith("acme", { popup: true })).rejects.toMatchObject(refusal);
    expect(server.asked).toEqual([]);
  });

  test("is an error once it is closed, and the person is here", async () => {
    const popup = opened();
    server.next(begun());
    const answer = auth.loginWith("acme", { popup: true });
    await vi.waitFor(() => expect(popup.location.replace).toHaveBeenCalled());
    popup.closed = true;
    await expect(answer).rejects.toMatchObject({ name: "AuthError", code: "POPUP_CLOSED" });
    expect(server.asked).toEqual(["beginExternalLogin"]);
  });

  test("closes it where it is refused", async () => {
    const popup = opened();
    server.next(refused("beginExternalLogin", "InvalidInput"));
    expect((await auth.loginWith("acme", { popup: true })).__typename).toBe("InvalidInput");
    expect(popup.close).toHaveBeenCalled();
  });
});

test("an account is proved with the ticket of the answer", async () => {
  const proof = { password: "a first pass phrase" };
  const answer = await auth.confirmAccountLink({ proof, ticket: null });
  expect(answer.__typename).toBe("AuthPayload");
  expect(server.variables).toEqual([{ proof, ticket: null }]);
});
