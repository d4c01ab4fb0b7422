/**
 * The pages of an account.
 *
 * Each form is one operation, which is sent when its button is pressed and never before: a mail
 * scanner that opens a link, and runs this, has used nothing up. The token of a link stands in the
 * fragment, which no browser sends, and is taken out of the address at once. The access token is
 * kept here, in memory; the refresh token is in a cookie that no script can read.
 */

const LANGUAGE = document.documentElement.lang;
const API = new URL("../graphql", location.href);

const REFUSAL = "__typename ... on Error { code message }";
const LIMITED = `${REFUSAL} ... on TooManyAttempts { retryAfter }`;

const OPERATIONS = {
  register: `mutation ($email: String!, $password: String!, $name: String) {
    answer: register(email: $email, password: $password, name: $name) {
      ${LIMITED} ... on WeakPassword { reasons } ... on InvalidInput { field }
    }
  }`,
  login: `mutation ($email: String!, $password: String!) {
    answer: login(email: $email, password: $password) { ${LIMITED} }
  }`,
  refreshToken: `mutation {
    answer: refreshToken { ${LIMITED} ... on AuthPayload { accessToken user { id } } }
  }`,
  logout: "mutation { answer: logout { __typename } }",
  requestPasswordReset: `mutation ($email: String!) {
    answer: requestPasswordReset(email: $email) { ok }
  }`,
  resetPassword: `mutation ($token: String!, $newPassword: String!) {
    answer: resetPassword(token: $token, newPassword: $newPassword) {
      ${LIMITED} ... on WeakPassword { reasons }
    }
  }`,
  requestEmailVerification: `mutation ($email: String!) {
    answer: requestEmailVerification(email: $email) { ok }
  }`,
  verifyEmail: `mutation ($token: String!) {
    answer: verifyEmail(token: $token) { ${LIMITED} ... on EmailVerified { user { email } } }
  }`,
  requestEmailChange: `mutation ($newEmail: String!, $password: String!) {
    answer: requestEmailChange(newEmail: $newEmail, password: $password) {
      ${LIMITED} ... on InvalidInput { field }
    }
  }`,
  confirmEmailChange: `mutation ($token: String!) {
    answer: confirmEmailChange(token: $token) { ${LIMITED} ... on EmailVerified { user { email } } }
  }`,
  undoEmailChange: `mutation ($token: String!) {
    answer: undoEmailChange(token: $token) { ${LIMITED} ... on EmailVerified { user { email } } }
  }`,
  requestLoginLink: `mutation ($email: String!) {
    answer: requestLoginLink(email: $email) { ok }
  }`,
  loginWithLink: `mutation ($token: String!) {
    answer: loginWithLink(token: $token) { ${LIMITED} }
  }`,
  updateProfile: `mutation ($name: String, $locale: String) {
    answer: updateProfile(name: $name, locale: $locale) { ${REFUSAL} ... on InvalidInput { field } }
  }`,
  changePassword: `mutation ($currentPassword: String!, $newPassword: String!) {
    answer: changePassword(currentPassword: $currentPassword, newPassword: $newPassword) {
      ${LIMITED} ... on WeakPassword { reasons } ... on AuthPayload { accessToken }
    }
  }`,
  revokeSession: `mutation ($id: ID!) {
    answer: revokeSession(id: $id) { ${REFUSAL} }
  }`,
  revokeOtherSessions: "mutation { answer: revokeOtherSessions { count } }",
  deleteAccount: `mutation ($password: String!) {
    answer: deleteAccount(password: $password) { ${LIMITED} ... on AccountDeleted { deletesAt } }
  }`,
  accountExport: "query { answer: accountExport }",
  me: "query { answer: me { email name emailVerified locale } }",
  sessions: `query {
    answer: sessions { id current lastUsedAt userAgent ipAddress }
  }`,
  securityEvents: `query {
    answer: securityEvents(first: 20) {
      edges { node { id kind occurredAt ipAddress userAgent } }
    }
  }`,
};

/** The codes with which a refresh says that there is no session. */
const SESSION_OVER = [
  "REFRESH_TOKEN_MISSING",
  "REFRESH_TOKEN_INVALID",
  "REFRESH_TOKEN_EXPIRED",
  "REFRESH_TOKEN_REUSED",
  "SESSION_REVOKED",
];

/** What became of each operation; an answer that refuses never gets here. */
const DONE = {
  register: (form, answer, { email }) =>
    answer.__typename === "EmailSent" ? finish(form, "sent", { email }) : enter(),
  login: () => enter(),
  loginWithLink: () => enter(),
  requestPasswordReset: (form, _, { email }) => finish(form, "sent", { email }),
  requestLoginLink: (form, _, { email }) => finish(form, "sent", { email }),
  requestEmailVerification: (form, _, { email }) => finish(form, "sent", { email }),
  resetPassword: (form) => finish(form, "done"),
  verifyEmail: (form, { user }) => finish(form, "done", user),
  confirmEmailChange: (form, { user }) => finish(form, "done", user),
  undoEmailChange: (form, { user }) => finish(form, "done", user),
  requestEmailChange: (form, _, { newEmail }) => {
    form.reset();
    succeed(form, "sent", { email: newEmail });
  },
  updateProfile: async (form) => {
    await showPerson();
    succeed(form, "done");
  },
  changePassword: async (form, payload) => {
    accessToken = payload.accessToken;
    form.reset();
    await Promise.all([showPerson(), showSessions(), showEvents()]);
    succeed(form, "done");
  },
  revokeSession: async (form) => {
    succeed(form, "done");
    await showSessions();
  },
  revokeOtherSessions: async (form, { count }) => {
    succeed(form, "done", { count });
    await showSessions();
  },
  accountExport: (form, stored) => {
    download(stored);
    succeed(form, "done");
  },
  deleteAccount: (form, { deletesAt }) => {
    accessToken = null;
    leave(textOf(deletesAt ? "later" : "done", form, { when: deletesAt && moment(deletesAt) }));
  },
  logout: () => location.replace(pageUrl("login")),
};

/** The field that a refusal is about, where the refusal does not say. */
const FIELD_OF = {
  INVALID_CREDENTIALS: "[autocomplete=current-password]",
  WEAK_PASSWORD: "[autocomplete=new-password]",
  EMAIL_TAKEN: "[name=email]",
};

class Refusal extends Error {
  constructor(facts) {
    super(facts.message);
    this.facts = facts;
  }
}

const texts = new Map(
  [...document.querySelector("#texts").content.children].map((text) => [
    text.dataset.key,
    text.textContent,
  ]),
);
const fragment = location.hash;
const linkToken = new URLSearchParams(fragment.slice(1)).get("token");
const busy = new WeakSet();
let accessToken = null;
let personId = null;

// ------------------------------------------------------------------------------- The API

async function post(query, variables) {
  const headers = { "Content-Type": "application/json", "Accept-Language": LANGUAGE };
  if (accessToken) {
    headers.Authorization = `Bearer ${accessToken}`;
  }
  let response;
  try {
    response = await fetch(API, {
      method: "POST",
      headers,
      body: JSON.stringify({ query, variables }),
    });
  } catch {
    throw new Refusal({ code: "NETWORK_ERROR" });
  }
  try {
    return await response.json();
  } catch {
    // Something that stands before the server has answered in its place.
    throw new Refusal({ code: "SERVICE_UNAVAILABLE" });
  }
}

/** Send an operation; throws what it is refused with, be it data or an error. */
async function send(operation, variables) {
  const { data, errors } = await post(OPERATIONS[operation], variables);
  if (errors) {
    throw new Refusal({ ...errors[0].extensions, message: errors[0].message });
  }
  if (data.answer?.code) {
    throw new Refusal(data.answer);
  }
  return data.answer;
}

/** Get an access token for the cookie, one tab after the other. */
async function refresh() {
  const renew = () => send("refreshToken");
  const { locks } = navigator;
  const payload = await (locks ? locks.request(`refresh ${API.pathname}`, renew) : renew());
  personId ??= payload.user.id;
  if (personId !== payload.user.id) {
    // Somebody else has logged in by another tab: what is shown here is not theirs.
    location.reload();
    await new Promise(() => {});
  }
  accessToken = payload.accessToken;
}

/** Send an operation; an access token that has expired is replaced. */
async function ask(operation, variables) {
  try {
    return await send(operation, variables);
  } catch (error) {
    if (!accessToken || error.facts?.code !== "UNAUTHENTICATED") {
      throw error;
    }
  }
  accessToken = null;
  await refresh();
  return send(operation, variables);
}

// ------------------------------------------------------------------------------- In words

function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** A text about one operation, or else about any. */
function textOf(key, form, values) {
  return fill(texts.get(`${key}.${form.dataset.act}`) ?? texts.get(key) ?? "", values);
}

function explain({ code, message, field, reasons = [], retryAfter = 0 }, act) {
  const known = [`${code}.${act}`, `${code}.${field}`, code].find((key) => texts.has(key));
  const minutes = Math.max(1, Math.ceil(retryAfter / 60));
  const when = new Intl.RelativeTimeFormat(LANGUAGE).format(minutes, "minute");
  const text = known ? fill(texts.get(known), { when }) : message;
  return [text, ...reasons.map(reasonOf)].join(" ");
}

/** The server's reason in the page's language. */
function reasonOf(reason) {
  const number = /\d+/.exec(reason)?.[0];
  return fill(texts.get(reason.replace(/\d+/, "{number}")) ?? reason, { number });
}

function moment(time) {
  const style = { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(LANGUAGE, style).format(new Date(time));
}

/** A browser's name, out of the zoo of names that it says it has. */
function deviceOf(userAgent) {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(userAgent ?? "")?.[1];
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(userAgent ?? "")?.[1];
  return [browser, system].filter(Boolean).join(", ") || userAgent || texts.get("device");
}

// ------------------------------------------------------------------------------- Forms

function outcomeOf(form) {
  return form.closest("section").querySelector(".outcome");
}

function say(outcome, text, kind = "") {
  outcome.dataset.kind = kind;
  outcome.textContent = text;
}

function succeed(form, key, values) {
  say(outcomeOf(form), textOf(key, form, values), "done");
  // What was pressed may be gone.
  if (!form.isConnected || form.hidden) {
    outcomeOf(form).focus();
  }
}

/** Say what has happened in place of the form. */
function finish(form, key, values) {
  form.hidden = true;
  succeed(form, key, values);
}

function fieldOf(form, { code, field }) {
  return form.elements.namedItem(field ?? "") ?? form.querySelector(FIELD_OF[code] ?? "#none");
}

function refuse(form, error, values) {
  const facts = error.facts ?? { code: "INTERNAL_SERVER_ERROR" };
  if (SESSION_OVER.includes(facts.code)) {
    leave(explain(facts), "error");
    return;
  }
  say(outcomeOf(form), explain(facts, form.dataset.act), "error");
  const field = fieldOf(form, facts);
  field?.setAttribute("aria-invalid", "true");
  field?.focus();
  offerHelp(facts.code, values);
}

/** Show the form that helps out of a refusal, for the same address. */
function offerHelp(code, { email }) {
  const help = document.querySelector(`form[data-when="${code}"]`);
  if (help) {
    help.elements.email.value = email;
    help.hidden = false;
  }
}

function needsToken(form) {
  return form.dataset.token !== undefined;
}

function isComplete(form) {
  const missing = [...form.elements].find((field) => field.required && !field.value);
  if (missing) {
    say(outcomeOf(form), texts.get("required"), "error");
    missing.setAttribute("aria-invalid", "true");
    missing.focus();
  }
  return !missing;
}

function valuesOf(form) {
  const typed = Object.fromEntries(new FormData(form));
  return needsToken(form) ? { ...typed, token: linkToken } : typed;
}

async function submit(form) {
  if (busy.has(form)) {
    return;
  }
  for (const field of form.elements) {
    field.removeAttribute("aria-invalid");
  }
  say(outcomeOf(form), "");
  if (!isComplete(form)) {
    return;
  }
  busy.add(form);
  form.ariaBusy = "true";
  const values = valuesOf(form);
  try {
    const act = form.dataset.act;
    await DONE[act](form, await ask(act, values), values);
  } catch (error) {
    refuse(form, error, values);
  } finally {
    busy.delete(form);
    form.ariaBusy = null;
  }
}

function download(stored) {
  const link = document.createElement("a");
  const content = JSON.stringify(stored, null, 2);
  link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  link.download = "account.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// ------------------------------------------------------------------------------- Pages

function pageUrl(name, hash = "") {
  return new URL(`${name || "./"}${location.search}${hash}`, location.href).href;
}

function enter() {
  location.assign(pageUrl("", fragment.includes("token=") ? "" : fragment));
}

/** Show the outside of an account in place of its inside. */
function leave(text, kind = "done") {
  const door = document.querySelector("#door");
  const outcome = door.querySelector(".outcome");
  document.querySelector("#inside").hidden = true;
  door.hidden = false;
  door.querySelector(".next").hidden = false;
  say(outcome, text, kind);
  outcome.focus();
}

async function showPerson() {
  const person = await ask("me");
  for (const slot of document.querySelectorAll("[data-person]")) {
    const value = person[slot.dataset.person] ?? "";
    if ("value" in slot) {
      slot.value = value;
    } else {
      slot.textContent = value;
    }
  }
  document.querySelector("#greeting").textContent = person.name || person.email;
  document.querySelector("#unverified").hidden = person.emailVerified;
}

/** Fill a list: a copy of its template for each row, and in it the texts by the names of slots. */
function list(name, rows) {
  const template = document.querySelector(`#${name}-row`);
  const filled = rows.map(({ slots, id, isOver }) => {
    const row = template.content.cloneNode(true);
    for (const [slot, text] of Object.entries(slots)) {
      row.querySelector(`[data-slot=${slot}]`).textContent = text;
    }
    for (const form of row.querySelectorAll("form")) {
      form.elements.id.value = id;
      form.querySelector("button").ariaLabel = fill(texts.get("end"), slots);
      form.hidden = isOver;
      listen(form);
    }
    return row;
  });
  document.querySelector(`#${name}-list`).replaceChildren(...filled);
}

async function showSessions() {
  const sessions = await ask("sessions");
  const rows = sessions.map(({ id, current, lastUsedAt, userAgent, ipAddress }) => ({
    id,
    isOver: current,
    slots: {
      device: deviceOf(userAgent),
      current: current ? texts.get("current") : "",
      address: ipAddress ?? "",
      when: moment(lastUsedAt),
    },
  }));
  list("sessions", rows);
  document.querySelector("form[data-act=revokeOtherSessions]").hidden = sessions.length < 2;
}

async function showEvents() {
  const { edges } = await ask("securityEvents");
  const rows = edges.map(({ node: { kind, occurredAt, ipAddress, userAgent } }) => ({
    slots: {
      kind: texts.get(`event.${kind.toLowerCase()}`) ?? kind,
      device: userAgent ? deviceOf(userAgent) : "",
      address: ipAddress ?? "",
      when: moment(occurredAt),
    },
  }));
  list("events", rows);
}

async function openAccount() {
  const door = document.querySelector("#door");
  say(door.querySelector(".outcome"), texts.get("loading"));
  try {
    await refresh();
    await Promise.all([showPerson(), showSessions(), showEvents()]);
  } catch (error) {
    const facts = error.facts ?? { code: "INTERNAL_SERVER_ERROR" };
    if (facts.code === "REFRESH_TOKEN_MISSING") {
      location.replace(pageUrl("login", fragment));
    } else {
      leave(explain(facts), "error");
    }
    return;
  }
  door.hidden = true;
  document.querySelector("#inside").hidden = false;
  if (fragment) {
    document.querySelector(`[id="${CSS.escape(fragment.slice(1))}"]`)?.scrollIntoView();
  }
}

// ------------------------------------------------------------------------------- Beginning

function listen(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit(form);
  });
}

/** The other language, with what this page came with: the fragment is no longer in the address. */
function keepFragment(link) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    location.assign(new URL(link.getAttribute("href") + fragment, location.href));
  });
}

function begin() {
  if (linkToken) {
    history.replaceState(null, "", location.pathname + location.search);
  }
  // What the browser has kept of an account may be of somebody who has logged out since.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  // Another link, pasted over this one, loads nothing by itself.
  addEventListener("hashchange", () => location.hash.startsWith("#token=") && location.reload());
  document.querySelectorAll("a[hreflang]").forEach(keepFragment);
  for (const form of document.forms) {
    listen(form);
    if (needsToken(form) && !linkToken) {
      say(outcomeOf(form), texts.get("incomplete"), "error");
    } else {
      form.hidden = form.dataset.when !== undefined;
    }
  }
  if (document.querySelector("#inside")) {
    void openAccount();
  }
}

begin();
