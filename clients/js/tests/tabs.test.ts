import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Auth } from "../src/index.js";
import { refuse, Server } from "./server.js";

// Node's own locks and channels: what one process opens is what tabs of one browser are.
const ADA = { email: "ada@example.com", password: "a first pass phrase" };
let server: Server;
let url: string;
let tabs: Auth[];

beforeEach(() => {
  server = new Server();
  url = `https://${crypto.randomUUID()}.example.com/graphql`;
  tabs = Array.from({ length: 10 }, () => new Auth({ url, fetch: server.fetch }));
});

afterEach(() => {
  for (const tab of tabs) tab.close();
});

const statuses = () => [...new Set(tabs.map((tab) => tab.state.status))];
const first = () => tabs[0] as Auth;

test("ten tabs restored at once make one request", async () => {
  await Promise.all(tabs.map((tab) => tab.restore()));
  expect(statuses()).toEqual(["loggedIn"]);
  expect(server.asked).toEqual(["refreshToken"]);
});

test("ten tabs of nobody make one request", async () => {
  server.next(() => refuse("RefreshTokenMissing"));
  await Promise.all(tabs.map((tab) => tab.restore()));
  expect(statuses()).toEqual(["loggedOut"]);
  expect(server.asked).toEqual(["refreshToken"]);
});

test("a login in one tab is a login in all", async () => {
  await first().login(ADA);
  await vi.waitFor(() => expect(statuses()).toEqual(["loggedIn"]));
  expect(tabs.map((tab) => tab.currentAccessToken)).toEqual(Array(10).fill("access-1"));
});

test("a logout in one tab is a logout in all", async () => {
  await first().login(ADA);
  await vi.waitFor(() => expect(statuses()).toEqual(["loggedIn"]));
  await first().logout();
  await vi.waitFor(() => expect(statuses()).toEqual(["loggedOut"]));
});

test("why a session is over is known in all tabs", async () => {
  await first().login(ADA);
  await vi.waitFor(() => expect(statuses()).toEqual(["loggedIn"]));
  server.next(() => refuse("SessionRevoked", { code: "SESSION_REVOKED" }));
  await first().refresh();
  const over = { status: "loggedOut", reason: "SESSION_REVOKED" };
  await vi.waitFor(() => expect(tabs.map((tab) => tab.state)).toMatchObject(Array(10).fill(over)));
});

test("a session's end is no news to a tab that has another one", async () => {
  await first().login(ADA);
  await vi.waitFor(() => expect(statuses()).toEqual(["loggedIn"]));
  const channel = new BroadcastChannel(`authberry ${url}`);
  channel.postMessage({ kind: "ended", session: "session-of-eve" });
  await new Promise((resolve) => setTimeout(resolve, 50));
  channel.close();
  expect(statuses()).toEqual(["loggedIn"]);
});

test("what is refused for a while in one tab is tried by the next", async () => {
  server.next(() => new Response("", { status: 503 }));
  await Promise.all(tabs.map((tab) => tab.restore()));
  expect(server.asked).toEqual(["refreshToken", "refreshToken"]);
  expect(tabs.filter((tab) => tab.state.status === "loggedIn")).toHaveLength(10);
});

test("where there are no locks, a tab still does one thing at a time", async () => {
  vi.stubGlobal("navigator", {});
  const tab = new Auth({ url: "https://auth.example.com/graphql", fetch: server.fetch });
  await Promise.all([tab.login(ADA), tab.refresh(), tab.logout()]);
  expect(server.asked).toEqual(["login", "logout"]);
  expect(tab.state.status).toBe("loggedOut");
  tab.close();
  vi.unstubAllGlobals();
});
