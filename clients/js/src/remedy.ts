import {
  type GraphQLFault,
  isSomebodyWanted,
  isTokenRefused,
  type StepUp,
  stepUpIn,
} from "./errors.js";

/** What a GraphQL response says. */
export interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLFault[] | undefined;
}

/**
 * What may help a request that was refused, before it is sent once more: a token, or to find out whom a
 * cookie stands for by now; or a proof.
 */
export type Remedy = "token" | StepUp;

const TOKEN = /"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n])*"|#.*|\.\.\.|[@$]?[_A-Za-z]\w*|[{}():]/g;
const IGNORED = /^["#@$]/;
const WEIGHTS: Readonly<Record<string, number>> = { ":": -1, "...": Number.POSITIVE_INFINITY };

/**
 * What may help, if nothing of the request was done. A further proof is asked for only where the whole
 * answer wants it.
 *
 * @param fields how many fields of the request change something: 0 for a query
 * @param isByCookie whether it was asked by a cookie, which may be gone without a word
 */
export function remedyFor(answer: Answer, fields: number, isByCookie: boolean): Remedy | null {
  const errors = answer.errors ?? [];
  const [wanted] = errors.map(stepUpIn);
  if (wanted && errors.every(stepUpIn)) {
    return isRefused(answer, fields) ? wanted : null;
  }
  const isCredentialRefused = isByCookie ? isSomebodyWanted(errors) : isTokenRefused(errors);
  return isCredentialRefused && (fields === 0 || isRefused(answer, fields)) ? "token" : null;
}

/**
 * Whether no field was answered, and each says why. A mutation that was done may have answered null, or
 * have been refused below what it has done; where the answer does not tell, it counts as done.
 */
function isRefused({ data, errors = [] }: Answer, fields: number): boolean {
  // Refused before it began.
  if (data === undefined && !errors.some(({ path }) => path)) return true;
  const isWhole = errors.every(({ path }) => !path || path.length === 1);
  // A field that cannot be null takes the others' answers along.
  if (!data) return isWhole && fields < 2;
  const keys = Object.keys(data);
  const refused = errors.map(({ path }) => (path ? path[0] : keys.length === 1 && keys[0]));
  const isNull = Object.values(data).every((value) => value === null);
  return isWhole && isNull && keys.every((key) => refused.includes(key));
}

/**
 * How many fields the mutations of a document have, by their names at the root; infinitely many where
 * a fragment stands there.
 */
export function mutationFields(document: string): number {
  let [fields, depth, nesting, kind] = [0, 0, 0, ""];
  for (const [token] of document.matchAll(TOKEN)) {
    if (token === "(") nesting += 1;
    else if (token === ")") nesting -= 1;
    else if (nesting || IGNORED.test(token)) continue;
    else if (token === "{") depth += 1;
    else if (token === "}") depth -= 1;
    else if (depth === 0) kind ||= token;
    else if (depth === 1 && kind === "mutation") fields += WEIGHTS[token] ?? 1;
    if (token === "}" && depth === 0) kind = "";
  }
  return fields;
}

interface Definition {
  readonly operation?: string;
  readonly selectionSet?: { readonly selections: readonly { readonly kind: string }[] };
}

/** The same of a document that a library has read already. */
export function fieldsOf({ definitions }: { readonly definitions: readonly object[] }): number {
  const mutations = (definitions as readonly Definition[]).filter(
    ({ operation }) => operation === "mutation",
  );
  const all = mutations.flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
  return all.every(({ kind }) => kind === "Field") ? all.length : Number.POSITIVE_INFINITY;
}
