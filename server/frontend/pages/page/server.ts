/** The server, which is above these pages, and is asked in their language: so it mails in it. */

import { type RequestOptions, request } from "client/request.ts";
import { LANGUAGE } from "./texts.ts";

/** Long, since a person waits and can close the page; and what was late may have been done. */
const PATIENCE = 60; // seconds

export const SERVER: RequestOptions = {
  url: new URL("../graphql", location.href).href,
  patienceSeconds: PATIENCE,
  fetch(input, init) {
    const headers = new Headers(init?.headers);
    headers.set("Accept-Language", LANGUAGE);
    return fetch(input, { ...init, headers });
  },
};

/** Ask what nobody has to be logged in for. */
export const ask = <Data>(query: string, variables: object): Promise<Data> =>
  request<Data>(query, variables, SERVER);
