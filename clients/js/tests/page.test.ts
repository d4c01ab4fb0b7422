import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Auth } from "../src/index.js";
import { refuse, Server } from "./server.js";

// What of a page the client can see, and the time it is there for.
const ADA = { email: "ada@example.com", password: "a first pass phrase" };
const page = Object.assign(new EventTarget(), { hidden: false });
const network = { onLine: true };
let server: Server;
let auth: Auth;

const offline = () => {
  throw new TypeError("Failed to fetch");
};

async function look(isLooking: boolean): Promise<void> {
  page.hidden = !isLooking;
  page.dispatchEvent(new Event("visibilitychange"));
  await pass(0.1);
}

async function pass(seconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(seconds * 1000);
}

beforeEach(async () => {
  vi.useFakeTimers({ now: 0, toFake: ["Date", "performance", "setTimeout", "clearTimeout"] });
  vi.stubGlobal("document", page);
  vi.stubGlobal("window", page);
  vi.stubGlobal("navigator", network);
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  server = new Server();
  auth = new Auth({ url: "https://auth.example.com/graphql", fetch: server.fetch });
  await Promise.all([auth.login(ADA), pass(0.1)]);
});

afterEach(() => {
  auth.close();
  page.hidden = false;
  network.onLine = true;
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test("a page that is looked at renews its token half a minute before it expires, each time", async () => {
  await pass(269);
  expect(server.count("refreshToken")).toBe(0);
  await pass(2);
  expect(server.count("refreshToken")).toBe(1);
  await pass(3600);
  expect(server.count("refreshToken")).toBe(1 + 13);
});

test("it does, however coarse a browser makes its clocks against fingerprints", async () => {
  const [now, today] = [performance.now.bind(performance), Date.now.bind(Date)];
  const coarse = (milliseconds: number) => Math.floor(milliseconds / 100) * 100;
  vi.spyOn(performance, "now").mockImplementation(() => coarse(now()));
  vi.spyOn(Date, "now").mockImplementation(() => coarse(today()));
  server.lifetime = 1.06;
  await Promise.all([auth.login(ADA), pass(0.1)]);
  await pass(60);
  expect(server.count("refreshToken")).toBeGreaterThan(50);
});

test("a hidden page asks nothing until it is looked at", async () => {
  await look(false);
  await pass(86_400);
  expect(server.count("refreshToken")).toBe(0);
  await look(true);
  expect(server.count("refreshToken")).toBe(1);
});

test("a page that was hidden for a while and is looked at in time goes on as before", async () => {
  await pass(200);
  await look(false);
  await look(true);
  await pass(71);
  expect(server.count("refreshToken")).toBe(1);
});

test("what fails is tried again after 1, 2, 4 ... seconds, at most a minute apart", async () => {
  server.next(...Array(20).fill(offline));
  await pass(270);
  expect(server.count("refreshToken")).toBe(1);
  const counts = [];
  for (const seconds of [1.1, 2.1, 4.1, 8.1, 16.1, 32.1, 60.1, 60.1]) {
    await pass(seconds);
    counts.push(server.count("refreshToken"));
  }
  expect(counts).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
});

test("it is tried again where nobody looks, too, since the window is short", async () => {
  server.next(offline);
  const failing = expect(auth.refresh()).rejects.toMatchObject({ code: "NETWORK_ERROR" });
  await look(false);
  await failing;
  await pass(2);
  expect(server.count("refreshToken")).toBe(2);
});

test("the server is left alone for as long as it asks", async () => {
  server.next(() => refuse("TooManyAttempts", { retryAfter: 100 }));
  await pass(270);
  await pass(99);
  expect(server.count("refreshToken")).toBe(1);
  await pass(2);
  expect(server.count("refreshToken")).toBe(2);
});

test("without a network nothing is tried, and with it at once", async () => {
  server.next(offline);
  network.onLine = false;
  await pass(600);
  expect(server.count("refreshToken")).toBe(1);
  network.onLine = true;
  page.dispatchEvent(new Event("online"));
  await pass(0.1);
  expect(server.count("refreshToken")).toBe(2);
});

test("after a logout nothing is renewed", async () => {
  await Promise.all([auth.logout(), pass(0.1)]);
  await pass(86_400);
  expect(server.asked).toEqual(["login", "logout"]);
});

test("nor after one that follows a failure", async () => {
  server.next(offline);
  await pass(270);
  await Promise.all([auth.logout(), pass(0.1)]);
  await pass(86_400);
  expect(server.asked).toEqual(["login", "refreshToken", "logout"]);
});
