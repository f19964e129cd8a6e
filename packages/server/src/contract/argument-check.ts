import type { EventIssue, EventRule, SchemaIssue, SchemaResult, StandardSchema } from "@everwire/protocol/contract";
import { isThenable } from "../event/listener-map.ts";

/** Of one event, so that an array of a hundred thousand mistakes is not answered with as many sentences. */
const MAX_ISSUES = 16;
const MAX_MESSAGE = 256;
const MAX_PATH = 16;
const MAX_KEY = 64;

/** The arguments in the schemas' own form, or what is wrong with them. */
export type Checked =
  | { readonly values: readonly unknown[]; readonly issues?: undefined }
  | { readonly issues: readonly EventIssue[] };

/**
 * Validates what a client sent. At once, unless one of the schemas takes its time. An argument that is missing is
 * `undefined`, which a schema may allow; there may not be more than the rule has. What a schema throws or rejects with is
 * its own failure and not the client's.
 */
export function checkArguments({ args }: EventRule, given: readonly unknown[]): Checked | Promise<Checked> {
  if (given.length > args.length) {
    return { issues: [{ argument: args.length, path: [], message: "there is no such argument" }] };
  }
  const results = args.map((schema, index) => check(schema, given[index]));
  return isReady(results)
    ? collect(results)
    : Promise.all(results.map((result) => Promise.resolve(result))).then(collect);
}

/** Validates one value, for instance an answer. */
export function check(schema: StandardSchema, value: unknown): SchemaResult<unknown> | Promise<SchemaResult<unknown>> {
  return schema["~standard"].validate(value);
}

// Lists and paths may be of classes of their own, whose `slice` makes something else: they are copied first.
function collect(results: readonly SchemaResult<unknown>[]): Checked {
  const issues = results.flatMap((result, argument) =>
    [...(result.issues ?? [])].slice(0, MAX_ISSUES).map((issue) => readIssue(issue, argument)),
  );
  if (issues.length > 0 || results.some((result) => result.issues !== undefined)) {
    return { issues: issues.slice(0, MAX_ISSUES) };
  }
  return { values: results.map((result) => ("value" in result ? result.value : undefined)) };
}

function readIssue({ message, path = [] }: SchemaIssue, argument: number): EventIssue {
  const keys = [...path].slice(0, MAX_PATH).map((segment) => {
    const key = typeof segment === "object" ? segment.key : segment;
    return typeof key === "number" ? key : String(key).slice(0, MAX_KEY);
  });
  return { argument, path: keys, message: String(message).slice(0, MAX_MESSAGE) };
}

function isReady(
  results: readonly (SchemaResult<unknown> | Promise<SchemaResult<unknown>>)[],
): results is readonly SchemaResult<unknown>[] {
  return !results.some(isThenable);
}
