import assert from "node:assert/strict";
import { test } from "node:test";
import { nameProblem, tidyName } from "./name.ts";
import { isNameRefusal, refusalSentence } from "./refusal.ts";

test("known codes have a sentence, unknown ones the server's words", () => {
  assert.match(refusalSentence("name_taken", "taken"), /somebody here has that name/i);
  assert.equal(refusalSentence("later", "Come back later."), "Come back later.");
  assert.equal(refusalSentence(undefined, ""), "The server refused it.");
  assert.equal(refusalSentence("toString", undefined), "The server refused it.");
});

test("only refusals of the name lead back to the name", () => {
  assert.equal(isNameRefusal("name_taken"), true);
  assert.equal(isNameRefusal("client_invalid"), false);
  assert.equal(isNameRefusal(undefined), false);
});

test("a name is looked at before it is offered", () => {
  assert.equal(nameProblem(" \t"), "name_empty");
  assert.equal(nameProblem("x".repeat(33)), "name_too_long");
  assert.equal(nameProblem("x".repeat(1_000_000)), "name_too_long");
  assert.equal(nameProblem("👩🏽".repeat(16)), undefined);
  assert.equal(tidyName("  Ａda "), "Ada");
});
