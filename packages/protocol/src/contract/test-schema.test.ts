import assert from "node:assert/strict";
import { test } from "node:test";
import { isStandardSchema, type SchemaIssue, type StandardSchema } from "./standard-schema.ts";

/** A schema of the tests: what `read` returns is the value, what it throws is what is wrong. */
export function schema<Input, Output = Input>(
  read: (value: unknown) => Output,
  path: SchemaIssue["path"] = [],
): StandardSchema<Input, Output> {
  return {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => {
        try {
          return { value: read(value) };
        } catch (error) {
          return { issues: [{ message: error instanceof Error ? error.message : String(error), path }] };
        }
      },
    },
  };
}

export const text: StandardSchema<string> = schema((value) => {
  if (typeof value === "string") return value;
  throw new TypeError("not a text");
});

/** A text on the wire, a number for the handler. */
export const numeral: StandardSchema<string, number> = schema((value) => {
  if (typeof value === "string" && /^\d+$/.test(value)) return Number(value);
  throw new TypeError("not a numeral");
});

test("schemas are told from other things, functions with a schema's property among them", () => {
  assert.ok(isStandardSchema(text));
  assert.ok(isStandardSchema(Object.assign(() => undefined, text)));
  for (const other of [null, undefined, "text", {}, [], { "~standard": null }, { "~standard": { version: 2 } }]) {
    assert.equal(isStandardSchema(other), false);
  }
});
