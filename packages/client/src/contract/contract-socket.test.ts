import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Contract, defineContract, EventRefused, type StandardSchema } from "@everwire/protocol/contract";
import { settled } from "../transport/test-clock.test.ts";
import { startSocket } from "../transport/test-platform.test.ts";
import { contract } from "./contract-socket.ts";

/** The client runs no schema: these are types alone. */
function typed<Input, Output = Input>(): StandardSchema<Input, Output> {
  const validate = (): never => assert.fail("the client validates nothing");
  return { "~standard": { version: 1, vendor: "test", validate } };
}

const shop = defineContract({
  clientToServer: {
    look: typed<string>(),
    move: [typed<number>(), typed<string>()],
    leave: [],
    buy: { args: typed<{ item: string }, { item: string; at: Date }>(), ack: typed<Date, string>() },
  },
  serverToClient: { sold: typed<{ item: string }>(), sure: { args: typed<string>(), ack: typed<boolean>() } },
});

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`: the compiler is the test. */
function holds<T extends true>(): T | undefined {
  return undefined;
}

function joined() {
  const { network, socket, join, clock } = startSocket();
  join();
  const connection = network.last;
  // The first packet asks for the namespace.
  const sent = (): string[] => connection.sent.slice(1);
  return { connection, sent, socket, clock, talk: contract<typeof shop>(socket) };
}

describe("a socket with a contract", () => {
  it("emits what the contract names, with the arguments as the schemas take them", async () => {
    const { sent, talk } = joined();
    talk.emit("look", "a").emit("move", 1, "b").emit("leave").emit("buy", { item: "c" });
    talk.volatile.emit("look", "d");
    await settled();
    assert.deepEqual(sent(), [
      'message:2["look","a"]',
      'message:2["move",1,"b"]',
      'message:2["leave"]',
      'message:2["buy",{"item":"c"}]',
      'message:2["look","d"]',
    ]);
    const wrong = [
      // @ts-expect-error: no such event
      () => talk.emit("sell"),
      // @ts-expect-error: an argument of another type
      () => talk.emit("look", 1),
      // @ts-expect-error: an argument is missing
      () => talk.emit("move", 1),
      // @ts-expect-error: an argument too many
      () => talk.emitWithAck("leave", 1),
      // @ts-expect-error: an event of the other direction
      () => talk.on("look", () => undefined),
      // @ts-expect-error: the answer is a truth value
      () => talk.on("sure", () => "yes"),
    ];
    assert.equal(wrong.length, 6);
  });

  it("resolves with the answer, and with undefined where the contract has none", async () => {
    const { connection, talk } = joined();
    const bought = talk.emitWithAck("buy", { item: "a" });
    const looked = talk.emitWithAck("look", "a");
    holds<Equal<typeof bought, Promise<string>>>();
    holds<Equal<typeof looked, Promise<undefined>>>();
    connection.receive("message", '30["2026-01-01"]');
    connection.receive("message", "31[]");
    assert.deepEqual([await bought, await looked], ["2026-01-01", undefined]);
  });

  it("rejects with the refusal, its issues and the application's data", async () => {
    const { connection, talk } = joined();
    const calls = [talk.emitWithAck("look", "a"), talk.timeout(1000).emitWithAck("buy", { item: "a" })];
    const issues = [{ argument: 0, path: ["item"], message: "sold out" }];
    const invalid = { code: "invalid_event", message: "no", retry: false, issues };
    connection.receive("message", `30[${JSON.stringify({ error: invalid })}]`);
    const own = { code: "room_full", message: "full", retry: true, data: { seats: 0 } };
    connection.receive("message", `31[${JSON.stringify({ error: own })}]`);
    const [first, second] = await Promise.allSettled(calls);
    assert.ok(first?.status === "rejected" && first.reason instanceof EventRefused);
    assert.deepEqual([first.reason.code, first.reason.issues], ["invalid_event", issues]);
    assert.ok(second?.status === "rejected" && second.reason instanceof EventRefused);
    assert.deepEqual([second.reason.code, second.reason.retry, second.reason.data], ["room_full", true, { seats: 0 }]);
  });

  it("rejects as a socket does when no answer comes", async () => {
    const { clock, talk } = joined();
    const late = assert.rejects(talk.timeout(1000).emitWithAck("look", "a"), {
      name: "ClientError",
      code: "ack_timeout",
    });
    await clock.pass(1000);
    await late;
  });

  it("answers with what the listener returns or promises", async () => {
    const { connection, sent, talk } = joined();
    talk.on("sure", (question) => Promise.resolve(question === "?"));
    connection.receive("message", '20["sure","?"]');
    await settled();
    talk.off("sure").once("sure", () => false);
    connection.receive("message", '21["sure","?"]');
    connection.receive("message", '22["sure","?"]');
    await settled();
    assert.deepEqual(sent(), ["message:30[true]", "message:31[false]"]);
  });

  it("hears events, and the socket's own; a listener is taken away by itself", () => {
    const { connection, talk, socket } = joined();
    const heard: unknown[] = [];
    const listener = (sold: { item: string }): unknown => heard.push(sold.item);
    talk.on("sold", listener);
    connection.receive("message", '2["sold",{"item":"a"}]');
    talk.off("sold", listener);
    connection.receive("message", '2["sold",{"item":"b"}]');
    talk.on("disconnect", (reason) => heard.push(reason));
    talk.socket.disconnect();
    assert.deepEqual(heard, ["a", "io client disconnect"]);
    assert.equal(talk.socket, socket);
  });

  it("knows a contract that is given as a value too, and one of no names", () => {
    const { socket } = joined();
    assert.equal(contract(socket, shop).socket, socket);
    const any: Contract = shop;
    assert.equal(contract(socket, any).emit("whatever", 1).socket, socket);
  });
});
