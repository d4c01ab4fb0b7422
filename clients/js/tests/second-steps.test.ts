import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Auth, type AuthOptions } from "../src/index.js";
import { expired, json, Server } from "./server.js";

const ADA = { email: "ada@example.com", password: "a first pass phrase" };
const SECOND = {
  __typename: "SecondFactorRequired",
  ticket: null as string | null,
  expiresAt: "2026-01-01T00:05:00Z",
  factors: ["TOTP", "RECOVERY_CODE"],
  passkeyOptions: null,
};
const REFUSED = {
  __typename: "InvalidProof",
  code: "INVALID_PROOF",
  message: "No.",
  attemptsLeft: 4,
};

let server: Server;
let auth: Auth;

function open(options: AuthOptions = {}): void {
  auth = new Auth({ url: "https://auth.example.com/graphql", fetch: server.fetch, ...options });
}

beforeEach(() => {
  server = new Server();
  open();
});

afterEach(() => auth.close());

describe("a login that wants a second step", () => {
  test("says so as data, and nobody is logged in before it is taken", async () => {
    server.next(() => json({ data: { login: SECOND } }));
    const answer = await auth.login(ADA);
    expect(answer).toEqual(SECOND);
    expect(auth.state.status).toBe("unknown");
    if (answer.__typename !== "SecondFactorRequired") throw new Error(answer.__typename);
    const proof = { totpCode: "123456" };
    const { __typename } = await auth.completeLogin({ proof, ticket: answer.ticket });
    expect(__typename).toBe("AuthPayload");
    expect(auth.state).toMatchObject({ status: "loggedIn", user: { id: "ada" } });
    expect(server.signatures).toEqual([null, null]);
  });

  test("hands its ticket on where no cookie holds it, and keeps the token then", async () => {
    auth.close();
    const kept: string[] = [];
    const storage = { get: () => null, set: (token: string) => void kept.push(token), remove() {} };
    open({ transport: "BODY", storage });
    server.next(() => json({ data: { login: { ...SECOND, ticket: "a ticket" } } }));
    const answer = await auth.login(ADA);
    const ticket = "ticket" in answer ? answer.ticket : null;
    expect(kept).toEqual([]);
    server.next(() => json({ data: { completeLogin: { ...GRANTED, refreshToken: "a token" } } }));
    await auth.completeLogin({ proof: { recoveryCode: "7K-2M4QX-9RTVA-3C8" }, ticket });
    expect(server.variables[1]).toMatchObject({ ticket: "a ticket" });
    expect(kept).toEqual(["a token"]);
  });

  test("is refused as data, with how many more may be tried", async () => {
    server.next(() => json({ data: { completeLogin: REFUSED } }));
    expect(await auth.completeLogin({ proof: { totpCode: "000000" } })).toEqual(REFUSED);
    expect(auth.state.status).toBe("unknown");
  });

  test("can put a factor off, without a proof", async () => {
    await auth.completeLogin({ skip: true });
    expect(server.variables).toEqual([{ skip: true }]);
    expect(auth.state.status).toBe("loggedIn");
  });
});

describe("proving once more who one is", () => {
  test("takes the new token, in the same session", async () => {
    await auth.login(ADA);
    const answer = await auth.reauthenticate({ password: ADA.password });
    expect(answer.__typename).toBe("AuthPayload");
    expect(auth.currentAccessToken).toBe("access-2");
    expect(server.signatures).toEqual([null, "Bearer access-1"]);
  });

  test("works at the second attempt with a token that has just expired", async () => {
    await auth.login(ADA);
    server.next(() => json({ data: { reauthenticate: null }, errors: [expired] }));
    expect((await auth.reauthenticate({ totpCode: "123456" })).__typename).toBe("AuthPayload");
    expect(server.asked).toEqual(["login", "reauthenticate", "refreshToken", "reauthenticate"]);
  });
});

const AT = "2026-01-01T00:00:00Z";
const GRANTED = {
  __typename: "AuthPayload",
  accessToken: "access",
  expiresIn: 300,
  expiresAt: AT,
  user: {},
  session: {},
};
