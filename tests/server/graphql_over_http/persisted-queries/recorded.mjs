// What both programs share: where and what they ask, and a `fetch` that lists what was sent.
const [url, token] = process.argv.slice(2);

export const endpoint = { url, headers: { authorization: `Bearer ${token}` } };
export const DOCUMENTS = ["query Me { me { email } }", "query Sessions { sessions { current } }"];

/** A `fetch`, and its list of requests: the method of each, and what it sent of the document. */
export function recorded() {
  const requests = [];
  function recordedFetch(address, init) {
    const sent = init.body ?? decodeURIComponent(new URL(address).search);
    const parts = { hash: /\bpersistedQuery\b/, document: /\bquery\b/ };
    const found = Object.keys(parts).filter((part) => parts[part].test(sent));
    requests.push([init.method, ...found].join(" "));
    return fetch(address, init);
  }
  return { fetch: recordedFetch, requests };
}
