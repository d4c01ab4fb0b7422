// A line for each token on standard input: what jose makes of it, with the key set at a URL.
import { createInterface } from "node:readline";
import { createRemoteJWKSet, jwtVerify } from "jose";

const [url, issuer, audience] = process.argv.slice(2);
const keys = createRemoteJWKSet(new URL(url));

for await (const token of createInterface({ input: process.stdin })) {
  const verified = jwtVerify(token, keys, { issuer, audience, typ: "at+jwt" });
  const answer = await verified.then(
    ({ payload }) => ({ payload }),
    ({ code }) => ({ code }),
  );
  console.log(JSON.stringify(answer));
}
