import { AuthError, type GraphQLFault, stepUpIn } from "./errors.js";

/** What may be said of how the server is asked. */
export interface LineOptions {
  /** The GraphQL endpoint; by default `/graphql` of the page's own origin. */
  url?: string;
  /**
   * How long the server may take to answer one request, such as a login or a refresh; by default 10.
   * What `request` does in between has its own time: a refresh, and a person who is asked by `onStepUp`.
   */
  patienceSeconds?: number;
  /** Instead of the global one. */
  fetch?: typeof fetch;
}

/** Where and how the server is asked. */
export interface Line {
  readonly url: string;
  readonly send: typeof fetch;
  /** The same, for as long as the server may take to answer. */
  readonly sendInTime: typeof fetch;
  readonly credentials: RequestCredentials;
}

/** A document, its variables, and the headers of who is asking, if it needs them. */
export interface Question {
  readonly query: string;
  readonly variables: object;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export function lineTo(options: LineOptions, credentials: RequestCredentials): Line {
  const send: typeof fetch = options.fetch ?? ((...request) => fetch(...request));
  return {
    url: resolved(options.url ?? "/graphql"),
    send,
    sendInTime: within(options.patienceSeconds ?? 10, send),
    credentials,
  };
}

/** Of an address that is not whole, the page's; a server that renders one has none, and asks nothing. */
function resolved(url: string): string {
  if (/^https?:/.test(url)) return new URL(url).href;
  const page = globalThis.location?.href;
  return page ? new URL(url, page).href : url;
}

/** Sends, and has the whole answer within so many seconds; what is done with it takes as long as it takes. */
function within(seconds: number, send: typeof fetch): typeof fetch {
  return async (input, init) => {
    const signal = AbortSignal.timeout(seconds * 1000);
    const response = await send(input, { ...init, signal });
    const text = await response.text();
    return new Response(text || null, response);
  };
}

/**
 * Ask the server.
 *
 * @throws AuthError the server was not reached, or did not answer the question.
 */
export async function ask<Data>(line: Line, question: Question): Promise<Data> {
  const { response, text } = await reach(line, question);
  const { data, errors } = parsed(text);
  if (errors?.[0]) throw refusal(errors[0]);
  if (!data) {
    const wait = Number(response.headers.get("Retry-After")) || null;
    throw new AuthError("SERVICE_UNAVAILABLE", `The server answered ${response.status}.`, wait);
  }
  return data as Data;
}

async function reach(line: Line, { query, variables, headers }: Question) {
  try {
    const response = await line.sendInTime(line.url, {
      method: "POST",
      headers: {
        Accept: "application/json",
        "Content-Type": "application/json",
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
      credentials: line.credentials,
      cache: "no-store",
      // The answer sets a cookie, which must arrive even if the page has gone by then.
      keepalive: true,
    });
    return { response, text: await response.text() };
  } catch (cause) {
    if (cause instanceof AuthError) throw cause;
    throw new AuthError("NETWORK_ERROR", "The server was not reached.", null, { cause });
  }
}

function refusal(fault: GraphQLFault): AuthError {
  const { code, retryAfter, reason } = fault.extensions ?? {};
  return new AuthError(
    typeof code === "string" ? code : "INTERNAL_SERVER_ERROR",
    fault.message,
    typeof retryAfter === "number" ? retryAfter : null,
    { stepUp: stepUpIn(fault), reason: typeof reason === "string" ? reason : null },
  );
}

/** What a body says; nothing, if it is not a GraphQL response: a proxy's page, half an answer. */
export function parsed(text: string): { data?: unknown; errors?: GraphQLFault[] } {
  try {
    const answer = JSON.parse(text);
    return typeof answer === "object" && answer ? answer : {};
  } catch {
    return {};
  }
}

/** An answer that is sure to be there, unless what was asked went wrong. */
export function there<Answer>(answer: Answer | null): Answer {
  if (answer === null) throw new AuthError("INTERNAL_SERVER_ERROR", "There is no answer.");
  return answer;
}
