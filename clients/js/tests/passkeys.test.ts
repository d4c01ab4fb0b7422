import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Auth } from "../src/index.js";
import { json, Server } from "./server.js";

// A browser in the state of these tests; a real one is asked in tests/browser/test_passkeys.py.
const ADA = { email: "ada@example.com", password: "a first pass phrase" };
const CREDENTIAL = { toJSON: () => ({ id: "a passkey" }) };
const ACCEPTED = { rpId: "example.com", userId: "ada", allAcceptedCredentialIds: ["a passkey"] };
const get = vi.fn<(options: CredentialRequestOptions) => Promise<unknown>>();
const create = vi.fn<(options: CredentialCreationOptions) => Promise<unknown>>();
const signalAllAcceptedCredentials = vi.fn();
const signalUnknownCredential = vi.fn();

let server: Server;
let auth: Auth;

const asking =
  (timeout = 300_000) =>
  () =>
    json({ data: { beginPasskeyLogin: { options: { timeout } } } });
const making = () => json({ data: { beginPasskeyRegistration: { options: {} } } });
const made = () => {
  const factor = { id: "1", kind: "PASSKEY", name: "Passkey", createdAt: "", lastUsedAt: null };
  const added = { __typename: "FactorAdded", factor, recoveryCodes: null };
  return json({ data: { finishPasskeyRegistration: added } });
};
const accepting = (acceptedPasskeys: object | null) => () => json({ data: { acceptedPasskeys } });

beforeEach(() => {
  vi.stubGlobal("PublicKeyCredential", {
    parseRequestOptionsFromJSON: (options: object) => options,
    parseCreationOptionsFromJSON: (options: object) => options,
    isConditionalMediationAvailable: async () => true,
    signalAllAcceptedCredentials,
    signalUnknownCredential,
  });
  vi.stubGlobal("navigator", { credentials: { get, create } });
  get.mockResolvedValue(CREDENTIAL);
  create.mockResolvedValue(CREDENTIAL);
  server = new Server();
  auth = new Auth({ url: "https://auth.example.com/graphql", fetch: server.fetch });
});

afterEach(() => {
  auth.close();
  vi.unstubAllGlobals();
  vi.resetAllMocks();
});

/** Wait as a browser does in which nobody chooses anything. */
function until({ signal }: CredentialRequestOptions): Promise<unknown> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}

describe("logging in with a passkey", () => {
  test("takes the tokens, and tells the browser which passkeys are good", async () => {
    server.next(asking(), null, accepting(ACCEPTED));
    expect((await auth.loginWithPasskey()).__typename).toBe("AuthPayload");
    expect(server.asked).toEqual(["beginPasskeyLogin", "loginWithPasskey", "acceptedPasskeys"]);
    expect(server.variables[1]).toEqual({ credential: { id: "a passkey" }, transport: "COOKIE" });
    expect(signalAllAcceptedCredentials.mock.calls).toEqual([[ACCEPTED]]);
    expect(auth.state.status).toBe("loggedIn");
  });

  test("succeeds whatever becomes of the signal", async () => {
    signalAllAcceptedCredentials.mockRejectedValue(new TypeError("No."));
    server.next(asking(), null, accepting(ACCEPTED));
    expect((await auth.loginWithPasskey()).__typename).toBe("AuthPayload");
    server.next(asking(), null, () => new Response("", { status: 503 }));
    expect((await auth.loginWithPasskey()).__typename).toBe("AuthPayload");
  });

  test("asks nothing more for a browser that hears no signals", async () => {
    Object.assign(PublicKeyCredential, { signalAllAcceptedCredentials: undefined });
    server.next(asking());
    await auth.loginWithPasskey();
    expect(server.asked).toEqual(["beginPasskeyLogin", "loginWithPasskey"]);
  });

  test("has the browser forget one that the server does not know", async () => {
    const id = { rpId: "example.com", credentialId: "a passkey" };
    const unknown = { __typename: "PasskeyUnknown", code: "PASSKEY_UNKNOWN", message: "", ...id };
    server.next(asking(), () => json({ data: { loginWithPasskey: unknown } }));
    expect(await auth.loginWithPasskey()).toEqual(unknown);
    expect(signalUnknownCredential.mock.calls).toEqual([[id]]);
    expect(auth.state.status).toBe("unknown");
  });

  test("says for which pages they are, where this one is none of them", async () => {
    vi.stubGlobal("location", new URL("http://127.0.0.1:8000/account/"));
    get.mockRejectedValue(new DOMException("", "SecurityError"));
    create.mockRejectedValue(new DOMException("", "SecurityError"));
    const message = "Passkeys are for pages of localhost here, and this page is at 127.0.0.1.";
    const refusal = { code: "PASSKEY_UNSUPPORTED", message };
    await auth.login(ADA);
    server.next(() => json({ data: { beginPasskeyLogin: { options: { rpId: "localhost" } } } }));
    await expect(auth.loginWithPasskey()).rejects.toMatchObject(refusal);
    const options = { rp: { id: "localhost" } };
    server.next(() => json({ data: { beginPasskeyRegistration: { options } } }));
    await expect(auth.registerPasskey()).rejects.toMatchObject(refusal);
  });

  test.each([
    ["NotAllowedError", "PASSKEY_NOT_GIVEN"],
    ["AbortError", "PASSKEY_NOT_GIVEN"],
    ["UnknownError", "PASSKEY_UNSUPPORTED"],
  ])("that ends with %s is an error: %s", async (name, code) => {
    get.mockRejectedValue(new DOMException("", name));
    server.next(asking());
    await expect(auth.loginWithPasskey()).rejects.toMatchObject({ name: "AuthError", code });
    expect(server.asked).toEqual(["beginPasskeyLogin"]);
  });

  test("is an error in a browser that has none, and nothing is asked", async () => {
    vi.stubGlobal("PublicKeyCredential", undefined);
    const refusal = { code: "PASSKEY_UNSUPPORTED" };
    await expect(auth.loginWithPasskey()).rejects.toMatchObject(refusal);
    await expect(auth.registerPasskey()).rejects.toMatchObject(refusal);
    expect(server.asked).toEqual([]);
  });
});

describe("autofill", () => {
  test("goes on with a new challenge before the old one is too old", async () => {
    get.mockImplementationOnce(until);
    server.next(asking(20), asking());
    expect((await auth.loginWithPasskey({ autofill: true })).__typename).toBe("AuthPayload");
    expect(server.count("beginPasskeyLogin")).toBe(2);
    expect(get.mock.calls.map(([{ mediation }]) => mediation)).toEqual([
      "conditional",
      "conditional",
    ]);
  });

  test("ends when the page wants it to", async () => {
    get.mockImplementation(until);
    const ending = new AbortController();
    server.next(asking());
    const waiting = auth.loginWithPasskey({ autofill: true, signal: ending.signal });
    await vi.waitFor(() => expect(get).toHaveBeenCalledTimes(1));
    ending.abort();
    await expect(waiting).rejects.toMatchObject({ code: "PASSKEY_NOT_GIVEN" });
    expect(server.asked).toEqual(["beginPasskeyLogin"]);
  });

  test("is an error in a browser that cannot", async () => {
    Object.assign(PublicKeyCredential, { isConditionalMediationAvailable: async () => false });
    const waiting = auth.loginWithPasskey({ autofill: true });
    await expect(waiting).rejects.toMatchObject({ code: "PASSKEY_UNSUPPORTED" });
    expect(server.asked).toEqual([]);
  });
});

describe("making a passkey", () => {
  test("in a session is done on behalf of it, whose next token says so", async () => {
    await auth.login(ADA);
    server.next(making, made, null, accepting(ACCEPTED));
    expect((await auth.registerPasskey({ name: "Laptop" })).__typename).toBe("FactorAdded");
    expect(server.signatures.slice(1, 3)).toEqual(["Bearer access-1", "Bearer access-1"]);
    expect(server.variables[2]).toMatchObject({ credential: { id: "a passkey" }, name: "Laptop" });
    expect(server.asked.slice(3)).toEqual(["refreshToken", "acceptedPasskeys"]);
    expect(signalAllAcceptedCredentials.mock.calls).toEqual([[ACCEPTED]]);
  });

  test("in the middle of a login is not done for somebody else, who is logged in here", async () => {
    await auth.login(ADA);
    server.next(making, made);
    const login = { ticket: "a ticket", expiresAt: "", allowed: [], deadline: null };
    await auth.registerPasskey({ login });
    expect(server.signatures.slice(1)).toEqual([null, null]);
    expect(server.variables.slice(1)).toMatchObject([
      { ticket: "a ticket" },
      { ticket: "a ticket" },
    ]);
  });

  test("is refused by a device that has one", async () => {
    await auth.login(ADA);
    create.mockRejectedValue(new DOMException("", "InvalidStateError"));
    server.next(making);
    await expect(auth.registerPasskey()).rejects.toMatchObject({ code: "PASSKEY_EXISTS" });
  });
});

describe("taking a factor off", () => {
  const removed = () => json({ data: { removeFactor: { __typename: "FactorRemoved", ok: true } } });

  test("has the browser forget the last one, too", async () => {
    await auth.login(ADA);
    server.next(accepting(ACCEPTED), removed, accepting(null));
    expect((await auth.removeFactor("1")).__typename).toBe("FactorRemoved");
    expect(signalAllAcceptedCredentials.mock.calls).toEqual([
      [{ ...ACCEPTED, allAcceptedCredentialIds: [] }],
    ]);
  });

  test("that is refused tells the browser nothing", async () => {
    await auth.login(ADA);
    const refusal = { __typename: "LastWayIn", code: "LAST_WAY_IN", message: "No." };
    server.next(accepting(ACCEPTED), () => json({ data: { removeFactor: refusal } }));
    expect(await auth.removeFactor("1")).toEqual(refusal);
    expect(signalAllAcceptedCredentials).not.toHaveBeenCalled();
  });
});
