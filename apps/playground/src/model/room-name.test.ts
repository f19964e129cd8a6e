import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOfRoom, readRoomName, roomFromHash } from "./room-name.ts";

const nameOf = (input: string): string | undefined => {
  const result = readRoomName(input);
  return result.ok ? result.name : undefined;
};

test("a room has one spelling", () => {
  for (const input of ["Tea Time", " #tea  time ", "TEA\ttime", "##Tea Time"]) assert.equal(nameOf(input), "tea time");
  assert.equal(nameOf("CAFÉ"), "café");
  assert.equal(nameOf("ｗｉｄｅ"), "wide");
});

test("what is no room name says why", () => {
  for (const input of ["", "  ", "#", "a/b", "a<b>", "a\u202eb", "x".repeat(41), "x".repeat(1_000_000), "\u0301a"]) {
    const result = readRoomName(input);
    assert.equal(result.ok, false, JSON.stringify(input.slice(0, 50)));
  }
  assert.equal(nameOf("x".repeat(40)), "x".repeat(40));
});

test("the address bar names a room and back", () => {
  for (const name of ["lobby", "tea time", "größe_1-a"]) assert.equal(roomFromHash(hashOfRoom(name)), name);
  for (const hash of ["", "#", "#%", "#a%2Fb"]) assert.equal(roomFromHash(hash), undefined);
});
