import assert from "node:assert/strict";
import { test } from "node:test";
import type { AckValue, EventArguments, EventNames, EventNamesWithAck } from "../event-map.ts";
import { type Contract, defineContract, isOwnEvent } from "./contract.ts";
import type {
  AckOutput,
  Answer,
  ContractEvents,
  ContractHandlers,
  ShapeInputs,
  ShapeOutputs,
} from "./contract-events.ts";
import { readShape } from "./event-shape.ts";
import { numeral, text } from "./test-schema.test.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`: the compiler is the test. */
function holds<T extends true>(): T | undefined {
  return undefined;
}

const shop = defineContract({
  clientToServer: {
    look: text,
    move: [numeral, text],
    leave: [],
    buy: { args: [text, numeral], ack: numeral },
    count: { ack: numeral },
    note: { args: text },
  },
  serverToClient: { sold: text, price: [text, numeral], sure: { args: text, ack: numeral } },
});
type Shop = typeof shop;

test("arguments are typed as a client gives them and as a handler gets them", () => {
  type Up = Shop["clientToServer"];
  holds<Equal<ShapeInputs<Up["look"]>, [string]>>();
  holds<Equal<ShapeInputs<Up["move"]>, [string, string]>>();
  holds<Equal<ShapeOutputs<Up["move"]>, [number, string]>>();
  holds<Equal<ShapeOutputs<Up["leave"]>, []>>();
  holds<Equal<ShapeOutputs<Up["count"]>, []>>();
  holds<Equal<ShapeOutputs<Up["note"]>, [string]>>();
  holds<Equal<AckOutput<Up["buy"]>, number>>();
  holds<Equal<AckOutput<Up["look"]>, undefined>>();
});

test("the server's maps are event maps as Socket.IO has them, and answers are returned", () => {
  type Handlers = ContractHandlers<Shop>;
  type Events = ContractEvents<Shop>;
  holds<Equal<EventNames<Handlers>, "look" | "move" | "leave" | "buy" | "count" | "note">>();
  holds<Equal<EventArguments<Handlers, "buy">, [string, number]>>();
  holds<Equal<ReturnType<Handlers["buy"]>, Answer<string>>>();
  holds<Equal<ReturnType<Handlers["look"]>, unknown>>();
  holds<Equal<EventNamesWithAck<Events>, "sure">>();
  holds<Equal<EventArguments<Events, "price">, [string, number]>>();
  holds<Equal<AckValue<Events, "sure">, number>>();
});

test("a direction may be left out", () => {
  const silent = defineContract({ serverToClient: { tick: [] } });
  holds<Equal<EventNames<ContractHandlers<typeof silent>>, never>>();
  const any: Contract = silent;
  assert.deepEqual(any.clientToServer, {});
  assert.ok(Object.isFrozen(silent));
});

test("the three ways to describe an event come to one form", () => {
  assert.deepEqual(readShape("e", text), { args: [text], ack: undefined });
  assert.deepEqual(readShape("e", [text, numeral]), { args: [text, numeral], ack: undefined });
  assert.deepEqual(readShape("e", { ack: numeral }), { args: [], ack: numeral });
  assert.deepEqual(readShape("e", { args: text, ack: numeral }), { args: [text], ack: numeral });
});

test("what is not described by schemas is refused where it is written", () => {
  for (const shape of [null, "text", { args: "text" }, [text, 1], { args: text, acknowledge: text }, { ack: {} }]) {
    assert.throws(() => readShape("buy", shape), /the event "buy"/);
  }
  // @ts-expect-error: a description is made of schemas
  assert.throws(() => defineContract({ clientToServer: { buy: { args: "text" } } }), TypeError);
});

test("names that the library reports under are nobody's events", () => {
  for (const name of ["connect", "disconnect", "disconnecting", "error", "event_refused"]) {
    assert.ok(isOwnEvent(name));
    assert.throws(() => defineContract({ clientToServer: { [name]: text } }), /reserved/);
    assert.throws(() => defineContract({ serverToClient: { [name]: text } }), /reserved/);
  }
  assert.equal(isOwnEvent("__proto__"), false);
});
