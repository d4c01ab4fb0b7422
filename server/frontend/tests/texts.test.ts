import { readFile } from "node:fs/promises";
import { beforeEach, describe, expect, test, vi } from "vitest";

type Texts = typeof import("../pages/page/texts.ts");

/** The module in a page of that language, with the texts that the server writes into it. */
async function open(language: string): Promise<Texts> {
  const file = new URL(`../../pages/texts/${language}.json`, import.meta.url);
  const { script } = JSON.parse(await readFile(file, "utf8"));
  const texts = Object.entries(script).map(([key, textContent]) => ({
    dataset: { key },
    textContent,
  }));
  vi.stubGlobal("document", {
    documentElement: { lang: language },
    querySelector: () => ({ content: { querySelectorAll: () => texts } }),
  });
  vi.resetModules();
  return import("../pages/page/texts.ts");
}

let texts: Texts;
beforeEach(async () => {
  texts = await open("en");
});

describe("a refusal is explained", () => {
  test("in words about what was done, where there are some", () => {
    const facts = { code: "INVALID_CREDENTIALS", message: "No." };
    expect(texts.explain(facts, "login")).toBe("The e-mail address or the password is wrong.");
    expect(texts.explain(facts, "deleteAccount")).toBe("That is not your password.");
  });

  test("or about the field", () => {
    const facts = { code: "INVALID_INPUT", message: "No.", field: "email" };
    expect(texts.explain(facts, "register")).toBe(
      "That is not an e-mail address that can be used here.",
    );
    expect(texts.explain({ ...facts, field: "name" }, "register")).toBe(
      "That cannot be taken as it is.",
    );
  });

  test("with the time that is left, in whole minutes and never none", () => {
    const facts = { code: "TOO_MANY_ATTEMPTS", message: "No." };
    for (const [retryAfter, when] of [
      [61, "in 2 minutes"],
      [60, "in 1 minute"],
      [null, "in 1 minute"],
    ] as const) {
      expect(texts.explain({ ...facts, retryAfter })).toContain(`Try again ${when}.`);
    }
  });

  test("with the server's reasons, and the numbers in them, in the page's language", async () => {
    texts = await open("ko");
    const reasons = ["It is shorter than 12 characters.", "It rhymes."];
    const said = texts.explain({ code: "WEAK_PASSWORD", message: "No.", reasons });
    expect(said).toBe(
      `${texts.say("WEAK_PASSWORD")} ${texts.say("It is shorter than {number} characters.", { number: 12 })} It rhymes.`,
    );
    expect(said).toContain("12");
    expect(said).not.toContain("shorter");
  });

  test("in the server's words, if it is one that nobody has heard of", () => {
    expect(texts.explain({ code: "MOON_PHASE_WRONG", message: "Wait for the moon." })).toBe(
      "Wait for the moon.",
    );
  });
});

test("what cannot be filled in is left out", () => {
  expect(texts.say("end", { device: "Firefox" })).toBe("End: Firefox, ");
});
