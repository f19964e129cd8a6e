import assert from "node:assert/strict";
import { test } from "node:test";
import { LOBBY } from "./chat-room.ts";
import { RoomList } from "./room-list.ts";

test("the lobby is always there and first, the others by name", () => {
  const rooms = new RoomList();
  rooms.moved("tea", 7);
  rooms.moved("tea", 3);
  rooms.moved("arts", 1);
  assert.deepEqual(rooms.list(new Map([["tea", 2]])), [
    { name: LOBBY, offset: 0, members: 0 },
    { name: "arts", offset: 1, members: 0 },
    { name: "tea", offset: 7, members: 2 },
  ]);
});

test("a room without messages is listed while somebody is in it", () => {
  const rooms = new RoomList();
  const names = (occupied: [string, number][]) => rooms.list(new Map(occupied)).map((room) => room.name);
  assert.deepEqual(names([["new", 0]]), [LOBBY, "new"]);
  assert.deepEqual(names([]), [LOBBY]);
});

test("beyond the limit no new room takes messages, and the list ends", () => {
  const rooms = new RoomList(3);
  rooms.moved("a", 1);
  assert.ok(rooms.accepts("b"));
  rooms.moved("b", 1);
  assert.ok(!rooms.accepts("c"));
  assert.ok(rooms.accepts("a"));
  assert.equal(rooms.list(new Map([["c", 1]])).length, 3);
});
