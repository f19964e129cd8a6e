import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventRule, SchemaIssue, SchemaResult, StandardSchema } from "@everwire/protocol/contract";
import { checkArguments } from "./argument-check.ts";

function judging(validate: (value: unknown) => SchemaResult<unknown> | Promise<SchemaResult<unknown>>): StandardSchema {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

function rule(...args: readonly StandardSchema[]): EventRule {
  return { args, ack: undefined };
}

const anything = judging((value) => ({ value }));
const nothing = judging(() => ({ issues: [{ message: "no" }] }));

function wrong(issues: readonly SchemaIssue[]): StandardSchema {
  return judging(() => ({ issues }));
}

test("values come in the schemas' form, and a missing argument is undefined", () => {
  const doubled = judging((value) => ({ value: [value, value] }));
  assert.deepEqual(checkArguments(rule(doubled, anything), ["a"]), { values: [["a", "a"], undefined] });
  assert.deepEqual(checkArguments(rule(), []), { values: [] });
});

test("an argument too many is an issue, whatever it is", () => {
  const issue = { argument: 1, path: [], message: "there is no such argument" };
  assert.deepEqual(checkArguments(rule(anything), ["a", undefined]), { issues: [issue] });
});

test("all arguments are looked at", () => {
  const no = (argument: number): object => ({ argument, path: [], message: "no" });
  assert.deepEqual(checkArguments(rule(nothing, anything, nothing), [1, 2, 3]), { issues: [no(0), no(2)] });
});

test("a schema that says that it failed and not why has failed", () => {
  assert.deepEqual(checkArguments(rule(wrong([])), ["a"]), { issues: [] });
});

test("paths are read in every form that the specification has", () => {
  const path = ["list", 0, { key: "name" }, { key: 1 }, Symbol("mark")];
  const checked = checkArguments(rule(wrong([{ message: "no", path }])), [{}]);
  const read = ["list", 0, "name", 1, "Symbol(mark)"];
  assert.deepEqual(checked, { issues: [{ argument: 0, path: read, message: "no" }] });
});

test("a list or a path of a class with a constructor of its own is copied as what it holds", () => {
  class Path extends Array<string | number> {
    constructor(...parts: (string | number)[]) {
      super();
      this.push(...parts);
    }
  }
  class Issues extends Array<SchemaIssue> {
    constructor(first: SchemaIssue | number) {
      super();
      if (typeof first === "object") this.push(first);
    }
  }
  const issues = new Issues({ message: "no", path: new Path("a", 0) });
  const top = new Issues({ message: "no", path: new Path() });
  const read = {
    issues: [
      { argument: 0, path: ["a", 0], message: "no" },
      { argument: 1, path: [], message: "no" },
    ],
  };
  assert.deepEqual(checkArguments(rule(wrong(issues), wrong(top)), [1, 2]), read);
});

test("an answer stays small, however much is wrong", () => {
  const path = Array.from({ length: 1000 }, () => "k".repeat(1000));
  const issues = Array.from({ length: 100_000 }, () => ({ message: "m".repeat(1000), path }));
  const checked = checkArguments(rule(wrong(issues), wrong(issues)), [1, 2]);
  assert.ok("issues" in checked && checked.issues !== undefined);
  assert.equal(checked.issues.length, 16);
  assert.deepEqual([checked.issues[0]?.message.length, checked.issues[0]?.path.length], [256, 16]);
  assert.ok(JSON.stringify(checked.issues).length < 40_000);
});

test("one schema that takes its time makes the whole answer later", async () => {
  const later = judging((value) => Promise.resolve({ value }));
  const checked = checkArguments(rule(anything, later), [1, 2]);
  assert.ok(checked instanceof Promise);
  assert.deepEqual(await checked, { values: [1, 2] });
});

test("what a schema throws is not the client's fault", () => {
  const broken = judging(() => {
    throw new Error("bug");
  });
  assert.throws(() => checkArguments(rule(broken), [1]), /bug/);
});
