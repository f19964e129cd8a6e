import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  AckValue,
  BroadcastEventMap,
  DefaultEventMap,
  EventArguments,
  EventArgumentsWithoutAck,
  EventListener,
  EventMap,
  EventNames,
  EventNamesWithAck,
  TimeoutEventMap,
} from "./event-map.ts";

interface ServerToClientEvents {
  noArg: () => void;
  basic: (a: number, b: string, c: Uint8Array) => void;
  hello: (who: string, ack: (r: number) => void) => void;
  onlyAck: (ack: (a: string, b: boolean) => void) => void;
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`: the compiler is the test, and running it proves that the file was compiled. */
function holds<T extends true>(): T | undefined {
  return undefined;
}

/** Users declare interfaces, which have no index signature; the constraint must take them. */
class Emitter<M extends EventMap = DefaultEventMap> {
  readonly sent: unknown[][] = [];
  on<E extends EventNames<M>>(_event: E, _listener: EventListener<M, E>): this {
    return this;
  }
  emit<E extends EventNames<M>>(event: E, ...args: EventArguments<M, E>): this {
    this.sent.push([event, ...args]);
    return this;
  }
  emitWithAck<E extends EventNamesWithAck<M>>(event: E, ...args: EventArgumentsWithoutAck<M, E>): AckValue<M, E>[] {
    this.sent.push([event, ...args]);
    return [];
  }
}

test("names and arguments come from the map", () => {
  holds<Equal<EventNames<ServerToClientEvents>, "noArg" | "basic" | "hello" | "onlyAck">>();
  holds<Equal<EventArguments<ServerToClientEvents, "noArg">, []>>();
  holds<Equal<EventArguments<ServerToClientEvents, "basic">, [a: number, b: string, c: Uint8Array]>>();
});

test("acknowledged events are those whose last argument is a callback", () => {
  holds<Equal<EventNamesWithAck<ServerToClientEvents>, "hello" | "onlyAck">>();
  holds<Equal<EventArgumentsWithoutAck<ServerToClientEvents, "hello">, [who: string]>>();
  holds<Equal<EventArgumentsWithoutAck<ServerToClientEvents, "onlyAck">, []>>();
  holds<Equal<AckValue<ServerToClientEvents, "hello">, number>>();
  holds<Equal<AckValue<ServerToClientEvents, "onlyAck">, string>>();
});

test("with a timeout the callback gets an error first, and a broadcast gets all answers", () => {
  type Late = EventArguments<TimeoutEventMap<ServerToClientEvents>, "hello">;
  type All = EventArguments<BroadcastEventMap<ServerToClientEvents>, "hello">;
  holds<Equal<Late, [who: string, (error: Error | null, r: number) => void]>>();
  holds<Equal<All, [who: string, (error: Error | null, answers: number[]) => void]>>();
  holds<Equal<EventArguments<TimeoutEventMap<ServerToClientEvents>, "basic">, [a: number, b: string, c: Uint8Array]>>();
});

test("a typed emitter refuses what the map does not say", () => {
  const typed = new Emitter<ServerToClientEvents>();
  typed.emit("hello", "you", (r) => r.toFixed());
  typed.on("basic", (a, b) => [a.toFixed(), b.trim()]);
  const answers: number[] = typed.emitWithAck("hello", "you");
  // @ts-expect-error -- no such event
  typed.emit("unknown");
  // @ts-expect-error -- an argument of another type
  typed.emit("basic", "1", "2", new Uint8Array());
  // @ts-expect-error -- an event without acknowledgement
  typed.emitWithAck("noArg");
  assert.deepEqual(answers, []);
  assert.equal(typed.sent.length, 5);
});

test("without a map anything goes, callbacks included", () => {
  const untyped = new Emitter();
  untyped.on("anything", (message: { text: string }, done) => done(message.text));
  untyped.on("typed by the listener", (count: number) => count.toFixed());
  untyped.emit("anything", 1, "two", () => {});
  untyped.emitWithAck("anything", 1);
  holds<Equal<EventArguments<DefaultEventMap, string>, unknown[]> extends true ? false : true>();
  assert.equal(untyped.sent.length, 2);
});
