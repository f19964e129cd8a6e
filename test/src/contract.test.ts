/** A contract from end to end: our client, which turns refusals into errors, and the official one, which reads them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { io } from "@everwire/client";
import { contract, EventRefused } from "@everwire/client/contract";
import { defineContract, type StandardSchema } from "@everwire/protocol/contract";
import type { RefusedEvent, Server } from "@everwire/server";
import { createTestPair } from "@everwire/server/testing";
import { io as officialIo } from "socket.io-client";

const text: StandardSchema<string> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      typeof value === "string" ? { value: value.trim() } : { issues: [{ message: "not a text" }] },
  },
};

const chat = defineContract({
  clientToServer: { say: { args: text, ack: text }, whisper: [text, text] },
  serverToClient: { said: text, sure: { args: text, ack: text } },
});

function serve(refused: RefusedEvent[]): (server: Server) => void {
  return (server) => {
    server
      .of("/chat")
      .contract(chat)
      .on("connection", (socket) => {
        socket.on("event_refused", (refusal) => refused.push(refusal));
        socket.on("say", async (said) => {
          if (said === "full") throw new EventRefused("room_full", "the room is full", { data: { seats: 0 } });
          if (said === "bug") throw new Error("secret");
          if (said.endsWith("?") && (await socket.emitWithAck("sure", said)) !== "yes") return "not sure";
          socket.nsp.emit("said", said);
          return `heard ${said}`;
        });
      });
  };
}

const quiet = { namespace: "/chat", options: { log: () => undefined } };

describe("a contract", { timeout: 60_000 }, () => {
  it("types, validates and answers between our server and our client", async () => {
    const refused: RefusedEvent[] = [];
    const { client, server, close } = await createTestPair({ io, ...quiet, setup: serve(refused) });
    server.on("handler_error", () => undefined);
    const talk = contract<typeof chat>(client);
    const said: string[] = [];
    talk.on("said", (words) => said.push(words)).on("sure", (question) => (question === "so?" ? "yes" : "no"));
    assert.equal(await talk.emitWithAck("say", "  hello "), "heard hello");
    assert.equal(await talk.emitWithAck("say", "so?"), "heard so?");
    assert.equal(await talk.emitWithAck("say", "really?"), "not sure");
    assert.deepEqual(said, ["hello", "so?"]);
    const codes: unknown[] = [];
    const note = ({ code, message, issues, data }: EventRefused): void =>
      void codes.push([code, message, issues, data]);
    await talk.emitWithAck("say", "full").catch(note);
    await talk.emitWithAck("say", "bug").catch(note);
    await talk.timeout(5000).emitWithAck("whisper", "a", "b").catch(note);
    assert.deepEqual(codes, [
      ["room_full", "the room is full", [], { seats: 0 }],
      ["event_failed", "the event could not be served", [], undefined],
      ["unhandled_event", "nothing serves this event", [], undefined],
    ]);
    assert.deepEqual(refused, []);
    await close();
  });

  it("is refused to the official client in words that it can read", async () => {
    const refused: RefusedEvent[] = [];
    const { client, socket, close } = await createTestPair({ io: officialIo, ...quiet, setup: serve(refused) });
    const issues = [{ argument: 0, path: [], message: "not a text" }];
    const message = "the arguments are not those of the contract";
    const error = { code: "invalid_event", message, retry: false, issues };
    assert.deepEqual(await client.emitWithAck("say", 1), { error });
    assert.equal((await client.emitWithAck("nobody")).error.code, "unknown_event");
    client.emit("whisper", "a", 2);
    assert.equal(await client.emitWithAck("say", "hello"), "heard hello");
    assert.deepEqual(
      refused.map(({ event, code, count }) => [event, code, count]),
      [
        ["say", "invalid_event", 1],
        ["nobody", "unknown_event", 2],
        ["whisper", "invalid_event", 3],
      ],
    );
    assert.ok(socket.connected);
    await close();
  });
});
