import assert from "node:assert/strict";
import { test } from "node:test";
import { hueOf, initialsOf, readPerson, sortPeople } from "./person.ts";

test("an id has one hue, and ids that differ little have hues that differ much", () => {
  assert.equal(hueOf("abc"), hueOf("abc"));
  const hues = Array.from({ length: 40 }, (_, index) => hueOf(`person-${index}`));
  assert.ok(hues.every((hue) => hue >= 0 && hue < 360));
  assert.ok(new Set(hues).size > 30);
});

test("initials are whole graphemes of the first and the last word", () => {
  const cases: [string, string][] = [
    ["Ada", "A"],
    ["Ada Lovelace", "AL"],
    ["ada b. lovelace", "AL"],
    ["👩‍🚀 Sally", "👩‍🚀S"],
    ["élise", "É"],
    ["-", "-"],
    ["", "?"],
  ];
  for (const [name, initials] of cases) assert.equal(initialsOf(name), initials, name);
});

test("a member without a name is nobody, and an unknown transport is left out", () => {
  for (const data of [null, 1, "Ada", {}, { name: 1 }]) assert.equal(readPerson("1", data), undefined);
  assert.deepEqual(readPerson("1", { name: "Ada", transport: "pigeon" }), {
    id: "1",
    name: "Ada",
    transport: undefined,
  });
  assert.equal(readPerson("1", { name: "Ada", transport: "polling" })?.transport, "polling");
});

test("we come first, the others by name", () => {
  const people = ["Zoe", "ada", "Bob"].map((name) => ({ id: name, name, transport: undefined }));
  assert.deepEqual(
    sortPeople(people, "Zoe").map(({ name }) => name),
    ["Zoe", "ada", "Bob"],
  );
  assert.deepEqual(
    sortPeople(people, undefined).map(({ name }) => name),
    ["ada", "Bob", "Zoe"],
  );
});
