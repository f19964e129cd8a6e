import assert from "node:assert/strict";
import { test } from "node:test";
import { advance, countText, decodeMarks, encodeMarks, meetHeads, pageTitle, unreadCount } from "./unread.ts";

test("unread is the distance from mark to head and never negative", () => {
  assert.equal(unreadCount(10, 7), 3);
  assert.equal(unreadCount(7, 7), 0);
  assert.equal(unreadCount(2, 7), 0);
  assert.equal(unreadCount(5, undefined), 0);
});

test("a mark only moves forward", () => {
  const marks = new Map([["lobby", 5]]);
  assert.equal(advance(marks, "lobby", 5), marks);
  assert.equal(advance(marks, "lobby", 3), marks);
  assert.equal(advance(marks, "lobby", 8).get("lobby"), 8);
  assert.equal(advance(marks, "tea", 0).get("tea"), 0);
});

test("a first visit has nothing unread, even if one room was read before the others were known", () => {
  assert.deepEqual([...meetHeads(new Map(), new Map([["lobby", 9]]), true)], [["lobby", 9]]);
  const marks = meetHeads(new Map([["lobby", 9]]), new Map([["tea", 3]]), true);
  assert.deepEqual(
    [...marks],
    [
      ["lobby", 9],
      ["tea", 3],
    ],
  );
});

test("a room that appears later is unread from its beginning", () => {
  const marks = meetHeads(
    new Map([["lobby", 9]]),
    new Map([
      ["lobby", 12],
      ["tea", 3],
    ]),
    false,
  );
  assert.deepEqual(
    [...marks],
    [
      ["lobby", 9],
      ["tea", 0],
    ],
  );
});

test("a log that began anew takes its mark back", () => {
  assert.deepEqual([...meetHeads(new Map([["lobby", 90]]), new Map([["lobby", 2]]), false)], [["lobby", 2]]);
});

test("marks survive storage per person, with the names of peers as plain keys", () => {
  const marks = new Map([
    ["__proto__", 3],
    ["lobby", 5],
  ]);
  const json = encodeMarks(decodeMarks(null), "ada", marks);
  assert.deepEqual(decodeMarks(json), [{ person: "ada", marks }]);
  const renewed = decodeMarks(encodeMarks(decodeMarks(json), "ada", new Map([["lobby", 6]])));
  assert.deepEqual(renewed, [{ person: "ada", marks: new Map([["lobby", 6]]) }]);
});

test("a browser remembers the marks of the eight people last active", () => {
  let json: string | null = null;
  for (let number = 0; number < 12; number += 1) json = encodeMarks(decodeMarks(json), `p${number}`, new Map());
  assert.deepEqual(
    decodeMarks(json).map((entry) => entry.person),
    ["p4", "p5", "p6", "p7", "p8", "p9", "p10", "p11"],
  );
});

test("storage that somebody spoilt is an empty one", () => {
  for (const json of ["", "{", "null", "7", '{"a":1}', '[1,["a"],["a",{}],[[],[]]]'])
    assert.deepEqual(decodeMarks(json), []);
  assert.deepEqual(decodeMarks('[["ada",[["lobby","x"],["tea",2],3]]]'), [
    { person: "ada", marks: new Map([["tea", 2]]) },
  ]);
});

test("the title counts what is unread", () => {
  assert.equal(pageTitle(undefined, 0), "Everwire");
  assert.equal(pageTitle("lobby", 0), "#lobby · Everwire");
  assert.equal(pageTitle("lobby", 3), "(3) #lobby · Everwire");
  assert.equal(countText(99), "99");
  assert.equal(countText(100), "99+");
});
