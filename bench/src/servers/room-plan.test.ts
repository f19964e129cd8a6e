import assert from "node:assert/strict";
import { it } from "node:test";
import { MEMBERS, ROOMS, roomsOf } from "./room-plan.ts";

it("puts ten of a thousand clients into each of ten thousand rooms", () => {
  const members = new Map<string, Set<number>>();
  for (let client = 0; client < 1000; client++) {
    const rooms = roomsOf(client);
    assert.equal(new Set(rooms).size, rooms.length);
    for (const room of rooms) members.set(room, (members.get(room) ?? new Set()).add(client));
  }
  assert.equal(members.size, ROOMS);
  assert.ok([...members.values()].every(({ size }) => size === MEMBERS));
});
