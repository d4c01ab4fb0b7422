import { AuthError } from "client/errors.ts";
import { expect, test } from "vitest";
import { accepted, factsOf } from "../pages/page/refusal.ts";

const REFUSAL = { code: "WEAK_PASSWORD", message: "No.", reasons: ["It repeats or counts."] };

test("an answer that does not say no is the answer", () => {
  const answer = { user: { email: "ada@example.com" } };
  expect(accepted(answer)).toBe(answer);
});

test("one that says no is thrown, with all that it says", () => {
  try {
    accepted(REFUSAL);
    expect.unreachable();
  } catch (error) {
    expect(factsOf(error)).toEqual(REFUSAL);
  }
});

test("what the client throws tells its code and when to try again", () => {
  const error = new AuthError("TOO_MANY_ATTEMPTS", "Later.", 7);
  expect(factsOf(error)).toMatchObject({ code: "TOO_MANY_ATTEMPTS", retryAfter: 7 });
});

test("no answer at all, or a fault of ours, is an error of the server to people", () => {
  expect(() => accepted(null)).toThrow("There is no answer.");
  expect(factsOf(new TypeError("x is undefined")).code).toBe("INTERNAL_SERVER_ERROR");
});
