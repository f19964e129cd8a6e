import assert from "node:assert/strict";
import { test } from "node:test";
import { ChatFailure } from "../failures.ts";
import { LOBBY, parseRoomName, roomChannel, roomOfChannel } from "./chat-room.ts";

function read(value: unknown): string {
  const name = parseRoomName(value);
  return name instanceof ChatFailure ? name.code : name;
}

test("a room name has one canonical form", () => {
  const rows: [string, string][] = [
    ["lobby", "lobby"],
    [" Tea  Time ", "tea time"],
    ["Ｔea", "tea"],
    ["a-b_c 1", "a-b_c 1"],
    ["__proto__", "__proto__"],
    ["ΤΣΆΙ", "τσάι"],
    ["चाय", "चाय"],
    ["x".repeat(40), "x".repeat(40)],
  ];
  for (const [value, expected] of rows) {
    assert.equal(read(value), expected);
    assert.equal(read(expected), expected, "reading it again changes nothing");
  }
});

test("other names are refused", () => {
  const bad = [
    "",
    " ",
    "x".repeat(41),
    "a/b",
    "a:b",
    "a\nb",
    "<b>",
    "a\u202eb",
    "\u0301a",
    "\u3164",
    "a,b",
    "x".repeat(1e6),
  ];
  for (const value of [...bad, undefined, null, 1, ["lobby"]]) assert.equal(read(value), "room_invalid");
});

test("only the canonical channel is a room", () => {
  assert.equal(roomOfChannel(roomChannel(LOBBY)), LOBBY);
  for (const channel of ["room:Lobby", "room: lobby", "room:", "lobby", "ROOM:lobby", "room:a/b", ""]) {
    assert.equal(roomOfChannel(channel), undefined, channel);
  }
});
