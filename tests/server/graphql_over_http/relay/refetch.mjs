// Lists what has an id by what relay-compiler has made, and finds each again by its id alone, as Relay
// does: with a store that knows nothing of it.
import relay from "relay-runtime";
import account from "./__generated__/accountQuery.graphql.js";
import event from "./__generated__/accountSecurityEvent.graphql.js";
import session from "./__generated__/accountSession.graphql.js";
import user from "./__generated__/accountUser.graphql.js";

const [url, token] = process.argv.slice(2);
const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };

async function ask({ text }, variables) {
  const body = JSON.stringify({ query: text, variables });
  const response = await fetch(url, { method: "POST", headers, body });
  return response.json();
}

const network = relay.Network.create(ask);
const empty = () => new relay.Store(new relay.RecordSource());

/** Ask; returns the answer, and what reads a fragment in it. */
async function fetched(query, variables) {
  const environment = new relay.Environment({ network, store: empty() });
  const answer = await relay.fetchQuery(environment, query, variables).toPromise();
  const read = (fragment, reference) =>
    environment.lookup(relay.getSingularSelector(fragment, reference)).data;
  return { answer, read };
}

const { answer, read } = await fetched(account, {});
const listed = [
  [user, answer.me],
  ...answer.sessions.map((one) => [session, one]),
  ...answer.securityEvents.edges.map(({ node }) => [event, node]),
].map(([fragment, reference]) => ({ fragment, data: read(fragment, reference) }));

const found = [];
for (const { fragment, data } of listed) {
  const { refetchableRequest } = relay.getRefetchMetadata(fragment, fragment.name);
  const again = await fetched(refetchableRequest, { id: data.id });
  const type = fragment.type;
  found.push({ type, listed: data, again: again.read(fragment, again.answer.node) });
}
console.log(JSON.stringify(found));
