import { expect, test } from "vitest";
import { deviceOf } from "../pages/account/device.ts";

const LIKE = "AppleWebKit/537.36 (KHTML, like Gecko)";

test.each([
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"],
  [`Mozilla/5.0 (Windows NT 10.0) ${LIKE} Chrome/140.0 Safari/537.36`, "Chrome, Windows"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1", "Safari, iPhone"],
  ["curl/8.14.1", "curl/8.14.1"],
  ["", ""],
  [null, ""],
])("%s is %s", (userAgent, device) => {
  expect(deviceOf(userAgent)).toBe(device);
});
