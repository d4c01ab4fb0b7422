import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { Auth, type StepUp } from "../src/index.js";
import { mutationFields } from "../src/remedy.js";
import { expired, json, Server, wanting } from "./server.js";

const ADA = { email: "ada@example.com", password: "a first pass phrase" };
const PAY = "mutation Pay { pay { id } }";
const TWO = "mutation Two { order { id } pay { id } }";
const WANTED: StepUp = { acrValues: ["aal2"], maxAge: 300 };

let server: Server;
let auth: Auth;
const onStepUp = vi.fn<(wanted: StepUp) => Promise<boolean>>();

beforeEach(async () => {
  server = new Server();
  auth = new Auth({ url: "https://auth.example.com/graphql", fetch: server.fetch, onStepUp });
  await auth.login(ADA);
  server.asked.length = server.signatures.length = 0;
  onStepUp.mockReset();
  onStepUp.mockImplementation(async () => {
    return (await auth.reauthenticate({ totpCode: "123456" })).__typename === "AuthPayload";
  });
});

afterEach(() => auth.close());

/** Have the time of whatever waits be up when the test says so. */
function takeClock() {
  const timers: AbortController[] = [];
  const clock = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => {
    const timer = new AbortController();
    timers.push(timer);
    return timer.signal;
  });
  onTestFinished(() => clock.mockRestore());
  const late = new DOMException("Its time is up.", "TimeoutError");
  return { ring: () => timers.forEach((timer) => void timer.abort(late)) };
}

const refusing =
  (data: object | null, ...paths: string[][]) =>
  () =>
    json({ data, errors: paths.map((path) => wanting(...path)) });

describe("a request that wants more than the login has", () => {
  test("is sent once more when that is proved, with the token that says so", async () => {
    server.next(refusing({ pay: null }, ["pay"]));
    await auth.request(PAY);
    expect(onStepUp.mock.calls).toEqual([[WANTED]]);
    expect(server.asked).toEqual(["pay", "reauthenticate", "pay"]);
    expect(server.signatures).toEqual(["Bearer access-1", "Bearer access-1", "Bearer access-2"]);
  });

  test("is not sent a third time", async () => {
    server.next(refusing({ pay: null }, ["pay"]), null, refusing({ pay: null }, ["pay"]));
    await expect(auth.request(PAY)).rejects.toMatchObject({ stepUp: WANTED });
    expect(server.asked).toEqual(["pay", "reauthenticate", "pay"]);
  });

  test("waits for as long as the person takes, and then has all of its time", async () => {
    const clock = takeClock();
    onStepUp.mockImplementation(async () => {
      clock.ring();
      return (await auth.reauthenticate({ totpCode: "123456" })).__typename === "AuthPayload";
    });
    server.next(refusing({ pay: null }, ["pay"]));
    expect(await auth.request(PAY)).toEqual({ pay: { id: "ada" } });
    expect(server.asked).toEqual(["pay", "reauthenticate", "pay"]);
  });

  test("is given up where the server does not answer it in time, also when it is repeated", async () => {
    const clock = takeClock();
    server.next(refusing({ pay: null }, ["pay"]), null, (signal) => {
      const aborted = new Promise<Response>((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
      });
      clock.ring();
      return aborted;
    });
    await expect(auth.request(PAY)).rejects.toMatchObject({ code: "NETWORK_ERROR" });
    expect(server.asked).toEqual(["pay", "reauthenticate", "pay"]);
  });

  test("says what is wanted where nobody is asked, or does not prove it", async () => {
    onStepUp.mockResolvedValue(false);
    server.next(refusing({ pay: null }, ["pay"]));
    const refusal = { code: "UNAUTHENTICATED", stepUp: WANTED };
    await expect(auth.request(PAY)).rejects.toMatchObject(refusal);
    expect(server.asked).toEqual(["pay"]);
  });

  test("is sent again for a new token, and again for a proof", async () => {
    server.next(
      () => json({ data: { pay: null }, errors: [expired] }),
      null,
      refusing({ pay: null }, ["pay"]),
    );
    await auth.request(PAY);
    expect(server.asked).toEqual(["pay", "refreshToken", "pay", "reauthenticate", "pay"]);
  });

  test("waits for the proof that others wait for", async () => {
    const refusal = refusing({ pay: null }, ["pay"]);
    server.next(refusal, refusal, refusal);
    await Promise.all([auth.request(PAY), auth.request(PAY), auth.request(PAY)]);
    expect(onStepUp).toHaveBeenCalledTimes(1);
    expect(server.count("pay")).toBe(6);
  });

  test("that learns of it late wants no second proof", async () => {
    const answers: ((response: Response) => void)[] = [];
    server.next(() => new Promise((resolve) => answers.push(resolve)));
    const late = auth.request(PAY);
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    server.next(refusing({ pay: null }, ["pay"]));
    await auth.request(PAY);
    answers[0]?.(refusing({ pay: null }, ["pay"])());
    await late;
    expect(server.asked).toEqual(["pay", "pay", "reauthenticate", "pay", "pay"]);
  });

  test("of one person is not sent for another, who has proved it", async () => {
    server.user = "eve";
    server.next(refusing({ pay: null }, ["pay"]));
    await expect(auth.request(PAY)).rejects.toMatchObject({ stepUp: WANTED });
    expect(server.count("pay")).toBe(1);
    expect(auth.state.user?.id).toBe("eve");
  });

  test("may be one that changes the password", async () => {
    server.next(refusing({ changePassword: null }, ["changePassword"]));
    const answer = await auth.changePassword({ newPassword: "a second pass phrase" });
    expect(answer.__typename).toBe("AuthPayload");
    expect(server.asked).toEqual(["changePassword", "reauthenticate", "changePassword"]);
  });

  test("may be to an API that has no GraphQL, and says it as RFC 9470 does", async () => {
    const challenge =
      'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="300"';
    const headers = { "WWW-Authenticate": challenge };
    server.next(() => new Response("", { status: 401, headers }));
    const url = "https://auth.example.com/things";
    expect((await auth.fetch(url, { method: "DELETE" })).status).toBe(200);
    expect(onStepUp.mock.calls).toEqual([[WANTED]]);
    expect(server.asked).toEqual(["/things", "reauthenticate", "/things"]);
  });
});

describe("a mutation that may have run is not sent again", () => {
  test.each([
    ["a part was done", TWO, refusing({ order: { id: 1 }, pay: null }, ["pay"])],
    ["a part was done, and answered null", TWO, refusing({ order: null, pay: null }, ["pay"])],
    ["a part may have been done, beside what cannot be null", TWO, refusing(null, ["pay"])],
    ["it was done, and what it answers with was refused", PAY, refusing(null, ["pay", "secret"])],
    ["a fragment hides what it does", "mutation { ...Both }", refusing(null, ["pay"])],
    [
      "something else went wrong as well",
      TWO,
      () => json({ data: { order: null, pay: null }, errors: [OTHER, wanting("pay")] }),
    ],
  ])("%s", async (_, document, answer) => {
    server.next(answer);
    await expect(auth.request(document)).rejects.toMatchObject({ name: "AuthError" });
    expect(server.asked).toHaveLength(1);
    expect(onStepUp).not.toHaveBeenCalled();
  });

  test("nor for a new token, where that is what was refused", async () => {
    const late = { ...expired, path: ["pay"] };
    server.next(() => json({ data: null, errors: [late] }));
    await expect(auth.request(TWO)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(server.asked).toEqual(["order"]);
  });

  test.each([
    ["one field that cannot be null", PAY, refusing(null, ["pay"])],
    [
      "each of its fields was refused",
      TWO,
      refusing({ order: null, pay: null }, ["order"], ["pay"]),
    ],
    ["refused before it began", TWO, () => json({ errors: [BARE] })],
  ])("but is where nothing of it has: %s", async (_, document, answer) => {
    server.next(answer);
    await auth.request(document);
    expect(onStepUp).toHaveBeenCalledTimes(1);
    expect(server.asked).toHaveLength(3);
  });
});

const OTHER = { message: "Out of stock.", path: ["order"], extensions: { code: "OUT_OF_STOCK" } };
const { path: _, ...BARE } = wanting();

test.each([
  ["{ me { id } }", 0],
  ["query Me($a: Int = 1) @cached { me { id } you { id } }", 0],
  ["mutation { pay { id order { id } } }", 1],
  ['mutation M($a: In = { b: "}" }) { pay(a: { b: "}{" c: [1] }) @if(a: $a) { id } }', 1],
  ["mutation { a: pay { id } b: pay { id } }", 2],
  ["mutation { pay { ...Paid } } fragment Paid on Payment { id at by }", 1],
  ["fragment Paid on Payment { id at by } mutation { pay { ...Paid } }", 1],
  ["# mutation { a b }\nmutation { pay # { b }\n }", 1],
  ['mutation { pay(note: """ } b \\""" c """) { id } }', 1],
  ["mutation { ...Both }", Number.POSITIVE_INFINITY],
  ["query mutation { me { id } } mutation query { pay { id } }", 1],
])("%s changes %d things", (document, fields) => {
  expect(mutationFields(document)).toBe(fields);
});
