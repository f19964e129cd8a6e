import assert from "node:assert/strict";
import type { Report } from "../mailbox.ts";
import type { Lease, PresenceChange, PresenceMember, PresenceStore } from "../presence.ts";
import { assertFails, bytes, type Cases, runSuite, type Skips, text, until } from "./suite.ts";

/** A store under test. */
export interface PresenceBench {
  readonly store: PresenceStore;
  /** Lets time pass: by moving a clock, or by waiting. */
  advance(ms: number): Promise<void>;
}

/** Opens an empty store. The suite closes it. */
export type MakePresence = (report: Report) => Promise<PresenceBench>;

/** What every presence store must do. */
export function presenceSuite(name: string, make: MakePresence, skips: Skips = {}): void {
  runSuite(`presence: ${name}`, make, skips, leaseCases, watchCases);
}

const TTL = 1000;
/** What the contract allows between the end of a lease and its report. */
const REPORT_DELAY = 2000;

async function withStore(
  make: MakePresence,
  body: (store: PresenceStore, advance: PresenceBench["advance"], reported: unknown[]) => Promise<void>,
): Promise<void> {
  const reported: unknown[] = [];
  const { store, advance } = await make((error) => reported.push(error));
  try {
    await body(store, advance, reported);
  } finally {
    await store.close();
  }
}

function member(id: string, data = `data of ${id}`): PresenceMember {
  return { id, data: bytes(data) };
}

async function present(store: PresenceStore, topic: string): Promise<string[]> {
  return (await store.members(topic)).map(({ id, data }) => `${id}=${text(data)}`);
}

function describeChange(change: PresenceChange): string {
  const what = change.change === "leave" ? `leave ${change.reason}` : change.change;
  return `${what} ${change.topic} ${change.member.id}=${text(change.member.data)}`;
}

const leaseCases: Cases<MakePresence> = {
  "members are listed in the order in which they entered, by topic": (make) =>
    withStore(make, async (store) => {
      for (const id of ["c", "a", "__proto__"]) await store.enter("t", member(id, "1"), TTL);
      await store.enter("other", member("x", "1"), TTL);
      await store.enter("t", member("c", "2"), TTL);
      assert.deepEqual(await present(store, "t"), ["c=2", "a=1", "__proto__=1"]);
      assert.deepEqual(await present(store, "other"), ["x=1"]);
      assert.deepEqual(await present(store, "none"), []);
    }),

  "a lease runs out at its time, and renewing counts from now": (make) =>
    withStore(make, async (store, advance) => {
      const lease = await store.enter("t", member("a"), TTL);
      await store.enter("t", member("b"), TTL);
      await advance(TTL * 0.7);
      assert.equal(await store.renew(lease, TTL), true);
      await advance(TTL * 0.7);
      assert.deepEqual(await present(store, "t"), ["a=data of a"]);
      await advance(TTL * 0.7);
      assert.deepEqual(await present(store, "t"), []);
      assert.equal(await store.renew(lease, TTL), false);
      assert.equal(await store.leave(lease), false);
    }),

  "leaving ends a membership once": (make) =>
    withStore(make, async (store) => {
      const lease = await store.enter("t", member("a"), TTL);
      assert.equal(await store.leave(lease), true);
      assert.equal(await store.leave(lease), false);
      assert.equal(await store.renew(lease, TTL), false);
      assert.deepEqual(await present(store, "t"), []);
    }),

  "a lease that was taken over can neither keep nor end the membership": (make) =>
    withStore(make, async (store) => {
      const old = await store.enter("t", member("a", "old"), TTL);
      const current = await store.enter("t", member("a", "new"), TTL);
      assert.equal(await store.leave(old), false);
      assert.equal(await store.renew(old, TTL), false);
      assert.deepEqual(await present(store, "t"), ["a=new"]);
      assert.equal(await store.leave(current), true);
    }),

  "a lease of an earlier life stays stale when the member enters again": (make) =>
    withStore(make, async (store) => {
      const old = await store.enter("t", member("a"), TTL);
      await store.leave(old);
      await store.enter("t", member("a"), TTL);
      assert.equal(await store.leave(old), false);
      assert.deepEqual(await present(store, "t"), ["a=data of a"]);
    }),

  "ids and times out of range are refused": (make) =>
    withStore(make, async (store) => {
      for (const ttl of [0, -1, Number.NaN, 86_400_001, Infinity]) {
        await assertFails(store.enter("t", member("a"), ttl), "invalid_lease");
      }
      await assertFails(store.enter("t", member(""), TTL), "invalid_lease");
      await assertFails(store.enter("t", member("x".repeat(257)), TTL), "invalid_lease");
      await assertFails(store.enter("", member("a"), TTL), "invalid_topic");
      await assertFails(store.enter("t", { id: "a", data: new Uint8Array(1_000_000) }, TTL), "member_too_large");
      assert.deepEqual(await present(store, "t"), []);
    }),

  "a closed store refuses calls": (make) =>
    withStore(make, async (store) => {
      const lease: Lease = await store.enter("t", member("a"), TTL);
      await store.close();
      await store.close();
      await assertFails(store.enter("t", member("a"), TTL), "presence_closed");
      await assertFails(store.renew(lease, TTL), "presence_closed");
      await assertFails(store.leave(lease), "presence_closed");
      await assertFails(store.members("t"), "presence_closed");
      await assertFails(
        store.watch("t", () => undefined),
        "presence_closed",
      );
    }),
};

const watchCases: Cases<MakePresence> = {
  "a watcher sees every change of its topic in order": (make) =>
    withStore(make, async (store) => {
      const seen: string[] = [];
      await store.enter("t", member("before"), TTL);
      await store.watch("t", (change) => seen.push(describeChange(change)));
      const lease = await store.enter("t", member("a", "1"), TTL);
      await store.enter("other", member("x"), TTL);
      await store.renew(lease, TTL);
      const update = await store.enter("t", member("a", "2"), TTL);
      await store.leave(lease);
      await store.leave(update);
      await until(() => seen.length >= 3, "three changes");
      assert.deepEqual(seen, ["enter t a=1", "update t a=2", "leave left t a=2"]);
    }),

  "a lease that runs out is reported without anybody asking": (make) =>
    withStore(make, async (store, advance) => {
      const seen: string[] = [];
      await store.watch("t", (change) => seen.push(describeChange(change)));
      await store.enter("t", member("a"), TTL);
      await store.enter("t", member("b"), TTL * 10);
      await advance(TTL + REPORT_DELAY);
      await until(() => seen.length >= 3, "the report");
      assert.deepEqual(seen.slice(2), ["leave expired t a=data of a"]);
    }),

  "a member that comes back after its lease ran out enters anew": (make) =>
    withStore(make, async (store, advance) => {
      const seen: string[] = [];
      await store.watch("t", (change) => seen.push(change.change));
      await store.enter("t", member("a"), TTL);
      await advance(TTL);
      await store.enter("t", member("a"), TTL);
      await until(() => seen.length >= 3, "three changes");
      assert.deepEqual(seen, ["enter", "leave", "enter"]);
    }),

  "an ended watch hears nothing more": (make) =>
    withStore(make, async (store) => {
      const seen: string[] = [];
      const end = await store.watch("t", () => seen.push("ended"));
      await store.watch("t", () => seen.push("other"));
      await end();
      await end();
      await store.enter("t", member("a"), TTL);
      await until(() => seen.length >= 1, "the change");
      assert.deepEqual(seen, ["other"]);
    }),

  "a watcher that throws is reported and stops nobody": (make) =>
    withStore(make, async (store, _advance, reported) => {
      const seen: string[] = [];
      await store.watch("t", () => {
        throw new Error("watcher");
      });
      await store.watch("t", (change) => seen.push(change.member.id));
      await store.enter("t", member("a"), TTL);
      await store.enter("t", member("b"), TTL);
      await until(() => seen.length >= 2, "two changes");
      assert.deepEqual([seen, reported.length], [["a", "b"], 2]);
    }),
};
