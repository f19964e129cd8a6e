import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryRecoveryStore, type RecoveryLimits } from "./memory-recovery-store.ts";
import type { ParkedSocket, SentEvent } from "./recovery-store.ts";
import { RoomHistory } from "./room-history.ts";
import { Trail } from "./trail.ts";

const LIMITS: RecoveryLimits = {
  maxDisconnectionDuration: 1000,
  maxEventAge: 5000,
  maxEvents: 1000,
  maxBytes: 1_000_000,
  maxSockets: 3,
};

/** A clock that stands until it is moved, and calls what is due then. */
class Clock {
  time = 0;
  readonly #due: { at: number; callback: () => void }[] = [];
  readonly now = (): number => this.time;
  readonly setDeadline = (ms: number, callback: () => void): { cancel(): void } => {
    this.#due.push({ at: this.time + ms, callback });
    return { cancel: () => assert.fail("nothing is cancelled here") };
  };

  get pending(): number {
    return this.#due.length;
  }

  to(time: number): void {
    this.time = time;
    for (const entry of this.#due.filter(({ at }) => at <= time)) {
      this.#due.splice(this.#due.indexOf(entry), 1);
      entry.callback();
    }
  }
}

function storeOf(limits: Partial<RecoveryLimits> = {}): { store: MemoryRecoveryStore; clock: Clock } {
  const clock = new Clock();
  return { clock, store: new MemoryRecoveryStore({ ...LIMITS, ...limits }, clock.setDeadline, clock.now) };
}

function event(text: string, to: Partial<SentEvent> = {}): SentEvent {
  return { namespace: "/", rooms: undefined, except: [], text, attachments: [], ...to };
}

function parked(more: Partial<ParkedSocket> = {}): ParkedSocket {
  const history = new RoomHistory();
  const own = { pid: "p", id: "i", namespace: "/", rooms: ["i", "a"], data: {}, expires: undefined };
  return { ...own, start: 0, unconfirmedSince: 0, history, ...more };
}

function texts(events: readonly SentEvent[] | undefined): unknown[] | undefined {
  return events?.map(({ text }) => text);
}

test("what was missed is what was for the socket, once and in order", () => {
  const { store } = storeOf();
  store.append(event("all"));
  store.append(event("a", { rooms: ["a"] }));
  store.append(event("b", { rooms: ["b"] }));
  store.append(event("a and i", { rooms: ["i", "a", "a"] }));
  store.append(event("nobody", { rooms: [] }));
  store.append(event("not a", { except: ["a"] }));
  store.append(event("b but not i", { rooms: ["b", "a"], except: ["i"] }));
  store.append(event("elsewhere", { namespace: "/x" }));
  store.append(event("last"));
  assert.equal(store.head, 9);
  assert.deepEqual(texts(store.missed(parked(), 0)), ["all", "a", "a and i", "last"]);
  assert.deepEqual(texts(store.missed(parked(), 2)), ["a and i", "last"]);
  assert.deepEqual(texts(store.missed(parked(), 9)), []);
  assert.deepEqual(texts(store.missed(parked({ namespace: "/x" }), 0)), ["elsewhere"]);
});

test("names that make the same key do not mix", () => {
  const { store } = storeOf();
  store.append(event("theirs", { namespace: "/n\n=x", rooms: ["y"] }));
  store.append(event("mine", { namespace: "/n", rooms: ["x\n=y"] }));
  assert.deepEqual(texts(store.missed(parked({ namespace: "/n", rooms: ["x\n=y"] }), 0)), ["mine"]);
});

test("a socket is claimed once, in its namespace, and not after its time", () => {
  const { store, clock } = storeOf();
  const released: string[] = [];
  const park = (pid: string): void => store.park(parked({ pid }), () => released.push(pid));
  park("one");
  assert.equal(store.claim("/x", "one"), undefined);
  assert.equal(store.claim("/", "one")?.pid, "one");
  assert.equal(store.claim("/", "one"), undefined);
  assert.deepEqual(released, ["one"]);
  park("two");
  clock.time = 1001;
  assert.equal(store.claim("/", "two"), undefined);
  assert.deepEqual(released, ["one", "two"]);
});

test("sockets are let go when their time is over, and the oldest when there are too many", () => {
  const { store, clock } = storeOf();
  const released: string[] = [];
  for (const pid of ["a", "b", "c", "d"]) {
    clock.time += 10;
    store.park(parked({ pid }), () => released.push(pid));
  }
  assert.deepEqual(released, ["a"]);
  assert.equal(clock.pending, 1);
  clock.to(1020);
  assert.deepEqual(released, ["a", "b"]);
  clock.to(5000);
  assert.deepEqual(released, ["a", "b", "c", "d"]);
  assert.equal(clock.pending, 0);
});

test("events are bounded by number, bytes and age; a socket that may have missed one of those is told", () => {
  for (const limits of [{ maxEvents: 2 }, { maxBytes: 1100 }]) {
    const { store } = storeOf(limits);
    for (const text of ["1", "2", "3"]) store.append(event(text.padEnd(100)));
    assert.equal(store.missed(parked(), 0), undefined);
    assert.deepEqual(store.missed(parked(), 1)?.length, 2);
    // What was dropped is older than what the client has confirmed by its heartbeat.
    assert.deepEqual(store.missed(parked({ unconfirmedSince: 1 }), 0)?.length, 2);
  }
  const { store, clock } = storeOf();
  store.append(event("old", { rooms: ["a"] }));
  clock.time = 5001;
  store.append(event("new", { rooms: ["a"] }));
  assert.equal(store.missed(parked(), 0), undefined);
  assert.deepEqual(texts(store.missed(parked(), 1)), ["new"]);
});

test("attachments count as bytes", () => {
  const { store } = storeOf({ maxBytes: 1200 });
  store.append(event("bytes", { attachments: [new Uint8Array(900)] }));
  assert.equal(store.missed(parked(), 0), undefined);
});

test("events reach a socket by the rooms that it was in when they were sent", () => {
  const { store } = storeOf();
  const history = new RoomHistory();
  store.append(event("a before", { rooms: ["a"] }));
  history.note("a", true, store.head, 0);
  store.append(event("a within", { rooms: ["a"] }));
  store.append(event("not b, before", { except: ["b"] }));
  history.note("b", true, store.head, 0);
  store.append(event("not b, within", { except: ["b"] }));
  history.note("a", false, store.head, 0);
  history.note("b", false, store.head, 0);
  store.append(event("a after", { rooms: ["a"] }));
  store.append(event("not b, after", { except: ["b"] }));
  assert.deepEqual(texts(store.missed(parked({ rooms: ["i"], history }), 0)), [
    "a within",
    "not b, before",
    "not b, after",
  ]);
});

test("a socket whose rooms at the time are not known any more is told", () => {
  const { store } = storeOf();
  const history = new RoomHistory();
  for (let i = 0; i < 129; i++) {
    store.append(event("e"));
    history.note("a", true, store.head, i);
    history.note("a", false, store.head, i);
  }
  // Two of the 258 changes are forgotten: those after the first event, at the time 0.
  assert.equal(store.missed(parked({ history }), 0), undefined);
  assert.equal(store.missed(parked({ history }), 1), undefined);
  assert.equal(store.missed(parked({ history }), 2)?.length, 127);
  assert.equal(store.missed(parked({ history, unconfirmedSince: 1 }), 0)?.length, 129);
});

test("a trail finds by offset whatever has been forgotten in front", () => {
  const trail = new Trail<{ readonly offset: number }>();
  for (let offset = 1; offset <= 1000; offset++) trail.push({ offset });
  for (let gone = 0; gone <= 1000; gone++) {
    assert.equal(trail.size, 1000 - gone);
    assert.equal(trail.first?.offset, gone === 1000 ? undefined : gone + 1);
    const after = gone + 3;
    assert.deepEqual(
      [trail.after(after).length, trail.after(after)[0]?.offset],
      [Math.max(0, 1000 - after), after < 1000 ? after + 1 : undefined],
    );
    trail.shift();
  }
  assert.equal(trail.size, 0);
});
