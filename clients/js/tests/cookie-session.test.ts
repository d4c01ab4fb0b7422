import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Auth, type AuthOptions, type State } from "../src/index.js";
import { CookieServer } from "./cookie-server.js";
import { granted, json, type Trouble, wanting } from "./server.js";

const ADA = { email: "ada@example.com", password: "a first pass phrase" };
const ME = "query { me { id } }";
const PAY = "mutation { pay { id } }";
const API = "https://api.example.com";

let server: CookieServer;
let url: string;
const opened: Auth[] = [];

const offline: Trouble = () => {
  throw new TypeError("Failed to fetch");
};

/** A tab of a browser, all of which have one jar. */
function open(options: AuthOptions = {}): Auth {
  const auth = new Auth({ url, transport: "SESSION", fetch: server.fetch, ...options });
  opened.push(auth);
  return auth;
}

async function openLoggedIn(options: AuthOptions = {}): Promise<Auth> {
  const auth = open(options);
  await auth.login(ADA);
  server.asked.length = 0;
  return auth;
}

function stateOf(user: string): State {
  const { user: person, session } = granted(user, "");
  return { status: "loggedIn", user: person, session, expiresAt: session.expiresAt };
}

beforeEach(() => {
  server = new CookieServer();
  url = `https://${crypto.randomUUID()}.example.com/graphql`;
  vi.stubGlobal("location", new URL("https://app.example.com/page"));
});

afterEach(() => {
  for (const auth of opened.splice(0)) auth.close();
  vi.unstubAllGlobals();
});

describe("a login", () => {
  test("is asked for as a session, and its answer says who is there", async () => {
    const auth = open();
    const told = vi.fn();
    auth.onChange(told);
    await auth.login(ADA);
    expect(server.variables).toEqual([{ ...ADA, transport: "SESSION" }]);
    expect(auth.state).toEqual(stateOf("ada"));
    expect(told.mock.calls).toEqual([[stateOf("ada")]]);
    expect(auth.currentAccessToken).toBeNull();
  });

  test.each<[string, (auth: Auth) => Promise<unknown>]>([
    ["a registration", (auth) => auth.register(ADA)],
    ["a mailed link", (auth) => auth.loginWithLink("the token of a link")],
    ["a passkey", (auth) => auth.loginWithPasskey()],
  ])("of another kind is asked for as one, too: %s", async (_, enter) => {
    vi.stubGlobal("PublicKeyCredential", {
      parseRequestOptionsFromJSON: (options: object) => options,
    });
    const get = async () => ({ toJSON: () => ({ id: "a passkey" }) });
    vi.stubGlobal("navigator", { credentials: { get } });
    const auth = open();
    await enter(auth);
    expect(server.variables.at(-1)).toMatchObject({ transport: "SESSION" });
    expect(auth.state).toEqual(stateOf("ada"));
  });

  test("at a provider is begun as one, and ends as one", async () => {
    const page = { href: "https://app.example.com/page", origin: "https://app.example.com" };
    const assign = vi.fn();
    vi.stubGlobal("location", { ...page, assign });
    vi.stubGlobal("sessionStorage", { setItem: vi.fn(), getItem: () => null, removeItem: vi.fn() });
    const auth = open();
    const begun = { __typename: "ExternalLoginBegun", ticket: null, expiresAt: "" };
    const authorizationUrl = "https://login.example.com/authorize";
    server.trouble(() => json({ data: { beginExternalLogin: { ...begun, authorizationUrl } } }));
    await auth.loginWith("acme");
    expect(server.variables[0]).toMatchObject({ provider: "acme", transport: "SESSION" });
    expect(assign.mock.calls).toEqual([[authorizationUrl]]);
    await auth.completeExternalLogin({ ticket: null });
    expect(auth.state).toEqual(stateOf("ada"));
  });

  test("is found by the cookie when the page starts", async () => {
    server.user = "ada";
    const auth = open();
    expect(await auth.restore()).toEqual(stateOf("ada"));
    expect(server.asked).toEqual(["who"]);
  });

  test("of nobody is found, with what the server says", async () => {
    expect(await open().restore()).toMatchObject({ status: "loggedOut", reason: "TOKEN_MISSING" });
  });

  test("that a rendering server knows of is asked for no more", async () => {
    const auth = open({ initialState: stateOf("ada") });
    expect(auth.state).toEqual(stateOf("ada"));
    expect(await auth.restore()).toEqual(stateOf("ada"));
    expect(server.asked).toEqual([]);
  });

  test("that is found again as it was changes nothing", async () => {
    const auth = await openLoggedIn();
    const told = vi.fn();
    auth.onChange(told);
    const before = auth.state;
    expect(await auth.refresh()).toBe(before);
    expect(told).not.toHaveBeenCalled();
    expect(server.asked).toEqual(["who"]);
  });
});

describe("requests", () => {
  test("go with the cookie, and never with a token", async () => {
    const auth = await openLoggedIn();
    expect(await auth.request(ME)).toEqual({ me: { id: "ada" } });
    await auth.fetch(new URL("/plain", url));
    expect(server.asked).toEqual(["me", "/plain"]);
    const sent = server.requests.map(({ credentials, headers }) => [
      credentials,
      headers.get("Authorization"),
    ]);
    expect(sent).toEqual(Array(3).fill(["include", null]));
  });

  test("wait for nothing, also where it is not known yet who is there", async () => {
    server.user = "ada";
    expect(await open().request(ME)).toEqual({ me: { id: "ada" } });
    expect(server.asked).toEqual(["me"]);
  });

  test("to others go as they are", async () => {
    const auth = await openLoggedIn();
    await auth.fetch(`${API}/things`);
    expect(server.requests.at(-1)?.credentials).toBe("same-origin");
  });

  test("that nobody is known to ask end the login, once it is sure", async () => {
    const auth = await openLoggedIn();
    server.end();
    await expect(auth.request(ME)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(auth.state).toMatchObject({ status: "loggedOut", reason: "SESSION_REVOKED" });
    expect(server.asked).toEqual(["me", "who"]);
  });

  test("end it also where the cookie is gone without a word", async () => {
    const auth = await openLoggedIn();
    server.user = null;
    await expect(auth.request(ME)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(auth.state).toMatchObject({ status: "loggedOut", reason: "TOKEN_MISSING" });
  });

  test("are sent again if it was another cookie by then, of the same person", async () => {
    const auth = await openLoggedIn();
    server.trouble(() => server.refuse("pay"));
    expect(await auth.request(PAY)).toEqual({ pay: { id: "ada" } });
    expect(server.asked).toEqual(["pay", "who", "pay"]);
  });

  test("are sent again likewise where a rendering server has said who that is", async () => {
    server.user = "ada";
    const auth = open({ initialState: stateOf("ada") });
    server.trouble(() => server.refuse("pay"));
    expect(await auth.request(PAY)).toEqual({ pay: { id: "ada" } });
    expect(server.asked).toEqual(["pay", "who", "pay"]);
  });

  test("are not sent again for somebody else", async () => {
    const auth = await openLoggedIn();
    server.trouble(() => {
      server.user = "eve";
      return server.refuse("pay");
    });
    await expect(auth.request(PAY)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(server.asked).toEqual(["pay", "who"]);
    expect(auth.state.user?.id).toBe("eve");
  });

  test("without the network log nobody out", async () => {
    const auth = await openLoggedIn();
    server.trouble(offline, offline);
    await expect(auth.request(ME)).rejects.toMatchObject({ code: "NETWORK_ERROR" });
    await expect(auth.refresh()).rejects.toMatchObject({ code: "NETWORK_ERROR" });
    expect(auth.state.status).toBe("loggedIn");
  });
});

describe("a further proof", () => {
  const refusing: Trouble = () => json({ data: { pay: null }, errors: [wanting("pay")] });

  test("is asked for once by all that want it, and then they are sent again", async () => {
    const onStepUp = vi.fn(async (): Promise<boolean> => {
      const answer = await auth.reauthenticate({ totpCode: "123456" });
      return answer.__typename === "AuthPayload";
    });
    const auth = await openLoggedIn({ onStepUp });
    server.trouble(refusing, refusing, refusing);
    await Promise.all([auth.request(PAY), auth.request(PAY), auth.request(PAY)]);
    expect(onStepUp.mock.calls).toEqual([[{ acrValues: ["aal2"], maxAge: 300 }]]);
    expect(server.count("pay")).toBe(6);
  });

  test("that was given meanwhile is asked for by no late refusal", async () => {
    const onStepUp = vi.fn(async () => {
      await auth.reauthenticate({ totpCode: "123456" });
      return true;
    });
    const auth = await openLoggedIn({ onStepUp });
    const { id } = auth.currentCredential;
    const wanted = { acrValues: ["aal2"], maxAge: 300 };
    expect(await auth.stepUp(wanted, id)).toBe(true);
    expect(await auth.stepUp(wanted, id)).toBe(true);
    expect(onStepUp).toHaveBeenCalledOnce();
  });
});

describe("an access token for other services", () => {
  test("is fetched when it is asked for, and kept while it is good", async () => {
    const auth = await openLoggedIn();
    const tokens = await Promise.all([auth.accessToken(), auth.accessToken()]);
    expect([...tokens, await auth.accessToken()]).toEqual(Array(3).fill(tokens[0]));
    expect(tokens[0]).toMatch(/^access-/);
    expect(server.asked).toEqual(["refreshToken"]);
  });

  test("is sent to those that are named, and to no others", async () => {
    const auth = await openLoggedIn({ origins: [API] });
    await auth.fetch(`${API}/things`);
    const sent = server.requests.at(-1);
    expect(sent?.headers.get("Authorization")).toBe(`Bearer ${auth.currentAccessToken}`);
    expect(sent?.credentials).toBe("same-origin");
    await auth.request(ME);
    expect(server.requests.at(-1)?.headers.get("Authorization")).toBeNull();
  });

  test("is another one where it was refused", async () => {
    const auth = await openLoggedIn({ origins: [API] });
    const before = await auth.accessToken();
    server.trouble(() => new Response("", { status: 401 }));
    expect((await auth.fetch(`${API}/things`)).status).toBe(200);
    expect(server.asked).toEqual(["refreshToken", "/things", "refreshToken", "/things"]);
    expect(auth.currentAccessToken).not.toBe(before);
  });

  test("says by a refusal that the session is over", async () => {
    const auth = await openLoggedIn();
    server.end();
    expect(await auth.accessToken()).toBeNull();
    expect(auth.state).toMatchObject({ status: "loggedOut", reason: "SESSION_REVOKED" });
  });

  test("of one person is not given to another", async () => {
    const auth = await openLoggedIn();
    server.user = "eve";
    await expect(auth.accessToken()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(auth.state.user?.id).toBe("eve");
  });

  test("that arrives late brings nobody back", async () => {
    const auth = await openLoggedIn();
    server.trouble(async () => {
      const payload = { __typename: "AuthPayload", ...granted("ada", "access-of-ada") };
      await new Promise((resolve) => setTimeout(resolve, 30));
      return json({ data: { refreshToken: payload } });
    });
    server.next = "eve";
    await Promise.all([auth.accessToken(), auth.login(ADA)]);
    expect(auth.state.user?.id).toBe("eve");
    expect(auth.currentAccessToken).toBeNull();
  });

  test("of before a proof is not that of after it", async () => {
    const auth = await openLoggedIn();
    const before = await auth.accessToken();
    await auth.reauthenticate({ totpCode: "123456" });
    expect(await auth.accessToken()).not.toBe(before);
  });
});

describe("tabs", () => {
  const statuses = (tabs: Auth[]) => tabs.map(({ state }) => state.status);

  test("that open at once ask once", async () => {
    server.user = "ada";
    const tabs = Array.from({ length: 10 }, () => open());
    await Promise.all(tabs.map((tab) => tab.restore()));
    expect(tabs.map(({ state }) => state)).toEqual(Array(10).fill(stateOf("ada")));
    expect(server.asked).toEqual(["who"]);
  });

  test("hear of a login, and of no token", async () => {
    const heard: unknown[] = [];
    const channel = new BroadcastChannel(`authberry session ${url}`);
    channel.onmessage = ({ data }) => heard.push(data);
    const [first, second] = [open(), open()];
    await first.login(ADA);
    await vi.waitFor(() => expect(second.state).toEqual(stateOf("ada")));
    await vi.waitFor(() => expect(heard).toHaveLength(1));
    channel.close();
    expect(JSON.stringify(heard)).not.toContain("access-");
    expect(server.asked).toEqual(["login"]);
  });

  test("hear of a logout, and of a session that was ended elsewhere", async () => {
    const tabs = [open(), open(), open()];
    await tabs[0]?.login(ADA);
    await vi.waitFor(() => expect(statuses(tabs)).toEqual(Array(3).fill("loggedIn")));
    await tabs[0]?.logout();
    await vi.waitFor(() => expect(statuses(tabs)).toEqual(Array(3).fill("loggedOut")));
    await tabs[1]?.login(ADA);
    await vi.waitFor(() => expect(statuses(tabs)).toEqual(Array(3).fill("loggedIn")));
    server.end();
    await tabs[2]?.request(ME).catch(() => undefined);
    const over = { status: "loggedOut", reason: "SESSION_REVOKED" };
    await vi.waitFor(() =>
      expect(tabs.map(({ state }) => state)).toMatchObject([over, over, over]),
    );
  });

  test("that are told of the end of a session which they do not know find out about theirs", async () => {
    const auth = await openLoggedIn();
    const channel = new BroadcastChannel(`authberry session ${url}`);
    channel.postMessage({ kind: "ended", session: "session-of-eve", reason: null });
    await vi.waitFor(() => expect(server.asked).toEqual(["who"]));
    channel.close();
    expect(auth.state.status).toBe("loggedIn");
  });
});

describe("a page", () => {
  const page = Object.assign(new EventTarget(), { hidden: false });
  const look = () => page.dispatchEvent(new Event("visibilitychange"));

  beforeEach(() => {
    vi.stubGlobal("document", page);
    vi.stubGlobal("window", page);
    page.hidden = false;
  });

  test("that is looked at again asks who is there, and not before", async () => {
    const auth = await openLoggedIn();
    server.end();
    page.hidden = true;
    look();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.asked).toEqual([]);
    page.hidden = false;
    look();
    await vi.waitFor(() => expect(auth.state.status).toBe("loggedOut"));
    expect(server.asked).toEqual(["who"]);
  });

  test("whose server was not reached asks again once the network is back", async () => {
    server.user = "ada";
    server.trouble(offline);
    const auth = open();
    expect((await auth.restore()).status).toBe("unknown");
    page.dispatchEvent(new Event("online"));
    await vi.waitFor(() => expect(auth.state.status).toBe("loggedIn"));
    expect(server.asked).toEqual(["who", "who"]);
  });
});

describe("a server that renders", () => {
  test("makes a client of an address of the page's, and nothing is shared or asked", async () => {
    vi.unstubAllGlobals();
    const channels = vi.fn();
    vi.stubGlobal("BroadcastChannel", channels);
    const auth = new Auth({ url: "/graphql", transport: "SESSION", initialState: stateOf("ada") });
    expect(auth.state).toEqual(stateOf("ada"));
    expect(channels).not.toHaveBeenCalled();
    await expect(auth.request(ME)).rejects.toMatchObject({ code: "NETWORK_ERROR" });
  });
});
