// Discovers the issuer that is given, then asks about a token as a service, ends its session, and
// asks again: first with its secret in the header, then with its secret in the form.
import * as oauth from "oauth4webapi";

const [issuer, id, secret, ...tokens] = process.argv.slice(2);
const insecure = { [oauth.allowInsecureRequests]: true };

const url = new URL(issuer);
const found = await oauth.discoveryRequest(url, { algorithm: "oauth2", ...insecure });
const server = await oauth.processDiscoveryResponse(url, found);
const client = { client_id: id };

async function introspect(prove, token) {
  const answer = await oauth.introspectionRequest(server, client, prove, token, insecure);
  return oauth.processIntrospectionResponse(server, client, answer);
}

const said = [];
for (const prove of [oauth.ClientSecretBasic(secret), oauth.ClientSecretPost(secret)]) {
  const token = tokens.shift();
  said.push(await introspect(prove, token));
  const ended = await oauth.revocationRequest(server, client, prove, token, insecure);
  await oauth.processRevocationResponse(ended);
  said.push(await introspect(prove, token));
}
console.log(JSON.stringify({ server, said }));
