import assert from "node:assert/strict";
import { test } from "node:test";
import { ChatFailure } from "../failures.ts";
import { parseChatMember } from "./chat-member.ts";

const CLIENT = "0123456789abcdefghijkl";

function code(auth: Record<string, unknown>): string {
  const member = parseChatMember(auth);
  return member instanceof ChatFailure ? member.code : "accepted";
}

test("a member is a client id and a name", () => {
  const rows: [Record<string, unknown>, string][] = [
    [{ client: CLIENT, name: "Ada" }, "accepted"],
    [{ client: "0".repeat(64), name: "Ada" }, "accepted"],
    [{ name: "Ada" }, "client_invalid"],
    [{ client: "short", name: "Ada" }, "client_invalid"],
    [{ client: "0".repeat(65), name: "Ada" }, "client_invalid"],
    [{ client: `${CLIENT}\n`, name: "Ada" }, "client_invalid"],
    [{ client: [CLIENT], name: "Ada" }, "client_invalid"],
    [{ client: CLIENT }, "name_invalid"],
    [{ client: CLIENT, name: "" }, "name_empty"],
  ];
  for (const [auth, expected] of rows) assert.equal(code(auth), expected);
});

test("the public id says nothing about the client id and is the same each time", () => {
  const first = parseChatMember({ client: CLIENT, name: "Ada" });
  const again = parseChatMember({ client: CLIENT, name: "Eve" });
  assert.ok(!(first instanceof ChatFailure) && !(again instanceof ChatFailure));
  assert.match(first.id, /^[A-Za-z0-9_-]{22}$/);
  assert.notEqual(first.id, CLIENT);
  assert.equal(first.id, again.id);
});
