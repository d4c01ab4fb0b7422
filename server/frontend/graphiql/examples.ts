/** An operation for everything the schema offers, written from the schema itself. */

import {
  buildClientSchema,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  type IntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
  parse,
  print,
} from "graphql";

/** What a tab begins with. */
export interface Example {
  query: string;
  variables?: string;
}

/** Runs an operation. */
type Ask = (operation: { query: string }) => Promise<unknown>;

const FIRST = ["login", "register"];
const DEEPEST = 3;
/** Words, as many as the editor shows in a line. */
const LINE = /\S.{0,40}(?=\s|$)|\S+/g;
const EXAMPLES: Readonly<Record<string, string>> = { email: "ada@example.com" };

/** Ask for the schema and write its examples; none, if it cannot be had. */
export async function readExamples(ask: Ask): Promise<Example[]> {
  try {
    const answer = (await ask({ query: getIntrospectionQuery() })) as { data: IntrospectionQuery };
    return writeExamples(buildClientSchema(answer.data));
  } catch {
    return []; // GraphiQL will ask, too, and say what is the matter
  }
}

/** An example for each field of the root types; how to get in comes first. */
export function writeExamples(schema: GraphQLSchema): Example[] {
  const of = (type: GraphQLObjectType | null | undefined, kind: string) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({ kind, field }));
  const all = [...of(schema.getQueryType(), "query"), ...of(schema.getMutationType(), "mutation")];
  const rank = ({ field }: { field: { name: string } }) => {
    const place = FIRST.indexOf(field.name);
    return place < 0 ? FIRST.length : place;
  };
  return all.sort((a, b) => rank(a) - rank(b)).map(({ kind, field }) => write(kind, field));
}

function write(kind: string, field: GraphQLField<unknown, unknown>): Example {
  const needed = field.args.filter(isRequiredArgument);
  const declared = needed.map((argument) => `$${argument.name}: ${String(argument.type)}`);
  const passed = needed.map((argument) => `${argument.name}: $${argument.name}`);
  const name = field.name.charAt(0).toUpperCase() + field.name.slice(1);
  const text =
    `${kind} ${name}${inParentheses(declared)} ` +
    `{ ${field.name}${inParentheses(passed)} ${selection(getNamedType(field.type), 1)} }`;
  const query = comment(field.description) + print(parse(text));
  if (needed.length === 0) return { query };
  const values = needed.map((argument) => [argument.name, sample(argument.name, argument.type)]);
  return { query, variables: JSON.stringify(Object.fromEntries(values), null, 2) };
}

function inParentheses(parts: string[]): string {
  return parts.length > 0 ? `(${parts.join(", ")})` : "";
}

function comment(description: string | null | undefined): string {
  const lines = (description ?? "").match(LINE) ?? [];
  return lines.map((line) => `# ${line.trim()}\n`).join("");
}

/** Everything of a type that is a leaf, and of what it holds, to some depth. */
function selection(type: GraphQLNamedType, depth: number): string {
  if (isLeafType(type)) return "";
  if (isUnionType(type)) return `{ __typename ${members(type.getTypes(), depth)} }`;
  if (isObjectType(type) || isInterfaceType(type)) return `{ ${fields(type, depth)} }`;
  return "";
}

function fields(
  type: GraphQLObjectType | GraphQLInterfaceType,
  depth: number,
  but: readonly string[] = [],
): string {
  const chosen = Object.values(type.getFields()).filter(
    (field) =>
      !but.includes(field.name) &&
      !field.args.some(isRequiredArgument) &&
      (isLeafType(getNamedType(field.type)) || depth < DEEPEST),
  );
  const parts = chosen.map(
    (field) => `${field.name} ${selection(getNamedType(field.type), depth + 1)}`,
  );
  return parts.join(" ") || "__typename";
}

/** The members of a union; what an interface says of several of them is asked for once. */
function members(types: readonly GraphQLObjectType[], depth: number): string {
  const interfaces = new Set(types.flatMap((type) => type.getInterfaces()));
  const own = types.map((type) => {
    const shared = type.getInterfaces().flatMap((each) => Object.keys(each.getFields()));
    const more = Object.keys(type.getFields()).some((name) => !shared.includes(name));
    return more ? `... on ${type.name} { ${fields(type, depth, shared)} }` : "";
  });
  const common = [...interfaces].map((each) => `... on ${each.name} { ${fields(each, depth)} }`);
  return [...own, ...common].join(" ");
}

/** A value of the type to begin with. */
function sample(name: string, type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return sample(name, type.ofType);
  if (isListType(type)) return [];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const needed = Object.values(type.getFields()).filter(isRequiredInputField);
    return Object.fromEntries(needed.map((field) => [field.name, sample(field.name, field.type)]));
  }
  const scalars: Record<string, unknown> = { Boolean: false, Int: 0, Float: 0 };
  return scalars[type.name] ?? EXAMPLES[name] ?? "";
}
