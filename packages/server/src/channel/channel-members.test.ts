import assert from "node:assert/strict";
import { test } from "node:test";
import { ChannelMembers } from "./channel-members.ts";

test("sockets of one id are one member, present until the last of them leaves", () => {
  const members = new ChannelMembers();
  assert.deepEqual(members.enter("s1", { id: "ann", data: 1 }), [{ change: "enter", member: { id: "ann", data: 1 } }]);
  assert.deepEqual(members.enter("s2", { id: "ann", data: 2 }), [{ change: "update", member: { id: "ann", data: 2 } }]);
  assert.deepEqual(members.list(), [{ id: "ann", data: 2 }]);
  assert.deepEqual(members.leave("s1"), []);
  assert.deepEqual(members.leave("s1"), []);
  assert.deepEqual(members.leave("s2"), [{ change: "leave", member: { id: "ann", data: 2 } }]);
  assert.equal(members.size, 0);
});

test("a socket that enters as somebody else leaves first", () => {
  const members = new ChannelMembers();
  members.enter("s", { id: "__proto__", data: null });
  assert.equal(members.has("__proto__"), true);
  assert.equal(members.has("constructor"), false);
  assert.deepEqual(members.enter("s", { id: "bob", data: null }), [
    { change: "leave", member: { id: "__proto__", data: null } },
    { change: "enter", member: { id: "bob", data: null } },
  ]);
  assert.deepEqual(members.list(), [{ id: "bob", data: null }]);
});
