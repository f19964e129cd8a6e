import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomIndex } from "./room-index.ts";

test("rooms and sockets mirror each other", () => {
  const index = new RoomIndex();
  assert.equal(index.join("s1", "a"), true);
  assert.equal(index.join("s1", "a"), false);
  index.join("s1", "b");
  index.join("s2", "a");
  assert.deepEqual([...index.roomsOf("s1")], ["a", "b"]);
  assert.deepEqual([...index.membersOf("a")], ["s1", "s2"]);
  assert.deepEqual([...index.names()], ["a", "b"]);
  index.leaveAll("s1");
  assert.deepEqual([...index.membersOf("a")], ["s2"]);
  assert.equal(index.membersOf("b").size, 0);
  assert.equal(index.size, 1);
});

test("a room ends with its last socket, and nothing is left behind", () => {
  const index = new RoomIndex();
  index.join("s", "a");
  assert.equal(index.leave("s", "other"), false);
  assert.equal(index.leave("other", "a"), false);
  assert.equal(index.leave("s", "a"), true);
  index.leaveAll("s");
  assert.equal(index.size, 0);
  assert.equal(index.roomsOf("s").size, 0);
});

test("names of Object.prototype are names", () => {
  const index = new RoomIndex();
  assert.equal(index.membersOf("__proto__").size, 0);
  assert.equal(index.join("constructor", "__proto__"), true);
  assert.deepEqual([...index.membersOf("__proto__")], ["constructor"]);
});

test("random joins and leaves agree with a plain list of pairs", () => {
  const index = new RoomIndex();
  const pairs = new Set<string>();
  for (let step = 0; step < 5000; step++) {
    const [id, room] = [`s${step % 7}`, `r${(step * 31) % 11}`];
    if ((step * 2654435761) % 3 === 0) {
      assert.equal(index.leave(id, room), pairs.delete(`${id} ${room}`));
    } else if (step % 97 === 0) {
      index.leaveAll(id);
      for (const pair of pairs) if (pair.startsWith(`${id} `)) pairs.delete(pair);
    } else {
      assert.equal(index.join(id, room), !pairs.has(`${id} ${room}`));
      pairs.add(`${id} ${room}`);
    }
  }
  const mirrored = [...index.names()].flatMap((room) => [...index.membersOf(room)].map((id) => `${id} ${room}`));
  assert.deepEqual(mirrored.sort(), [...pairs].sort());
});
