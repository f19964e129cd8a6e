import assert from "node:assert/strict";
import type { Report } from "../mailbox.ts";
import type { Membership, MembershipChange } from "../membership.ts";
import { assertFails, type Cases, runSuite, type Skips, until } from "./suite.ts";

/** A membership under test. */
export interface MembershipBench {
  readonly membership: Membership;
  /** Lets time pass: by moving a clock, or by waiting. */
  advance(ms: number): Promise<void>;
}

/** Opens an empty membership. The suite closes it. */
export type MakeMembership = (report: Report) => Promise<MembershipBench>;

/** What every membership must do. */
export function membershipSuite(name: string, make: MakeMembership, skips: Skips = {}): void {
  runSuite(`membership: ${name}`, make, skips, nodeCases);
}

const TTL = 1000;
/** What the contract allows between the end of a node's time and its report. */
const REPORT_DELAY = 2000;

async function withMembership(
  make: MakeMembership,
  body: (nodes: Membership, advance: MembershipBench["advance"]) => Promise<void>,
): Promise<void> {
  const { membership, advance } = await make((error) => assert.fail(String(error)));
  try {
    await body(membership, advance);
  } finally {
    await membership.close();
  }
}

function describeChange(change: MembershipChange): string {
  const what = change.change === "leave" ? `leave ${change.reason}` : change.change;
  return `${what} ${change.node.id} ${change.node.addresses.join(" ")}`;
}

const nodeCases: Cases<MakeMembership> = {
  "nodes are listed with their addresses in the order in which they joined": (make) =>
    withMembership(make, async (nodes) => {
      const addresses = ["http://10.0.0.1:1", "http://[::1]:1"];
      await nodes.join({ id: "b", addresses }, TTL);
      addresses.pop();
      await nodes.join({ id: "a", addresses: [] }, TTL);
      assert.deepEqual(await nodes.list(), [
        { id: "b", addresses: ["http://10.0.0.1:1", "http://[::1]:1"] },
        { id: "a", addresses: [] },
      ]);
    }),

  "a node that does not renew is gone, one that does stays": (make) =>
    withMembership(make, async (nodes, advance) => {
      await nodes.join({ id: "a", addresses: [] }, TTL);
      await nodes.join({ id: "b", addresses: [] }, TTL);
      await advance(TTL * 0.7);
      assert.equal(await nodes.renew("a", TTL), true);
      await advance(TTL * 0.7);
      assert.deepEqual(await nodes.list(), [{ id: "a", addresses: [] }]);
      assert.equal(await nodes.renew("b", TTL), false);
    }),

  "watchers see joining, new addresses, leaving and running out, in order": (make) =>
    withMembership(make, async (nodes, advance) => {
      const seen: string[] = [];
      const end = await nodes.watch((change) => seen.push(describeChange(change)));
      await nodes.join({ id: "a", addresses: ["x"] }, TTL);
      await nodes.join({ id: "a", addresses: ["y"] }, TTL);
      await nodes.join({ id: "b", addresses: [] }, TTL * 10);
      await advance(TTL + REPORT_DELAY);
      await until(() => seen.length >= 4, "the report of a node that ran out");
      assert.equal(await nodes.leave("b"), true);
      assert.equal(await nodes.leave("b"), false);
      await until(() => seen.length >= 5, "five changes");
      assert.deepEqual(seen, ["join a x", "update a y", "join b ", "leave expired a y", "leave left b "]);
      await end();
      await nodes.join({ id: "c", addresses: [] }, TTL);
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(seen.length, 5);
    }),

  "nodes and times out of range are refused": (make) =>
    withMembership(make, async (nodes) => {
      for (const ttl of [0, Number.NaN, 86_400_001]) {
        await assertFails(nodes.join({ id: "a", addresses: [] }, ttl), "invalid_lease");
      }
      const many = Array.from({ length: 17 }, () => "x");
      await assertFails(nodes.join({ id: "a", addresses: many }, TTL), "invalid_lease");
      await assertFails(nodes.join({ id: "x".repeat(129), addresses: [] }, TTL), "invalid_lease");
      assert.deepEqual(await nodes.list(), []);
    }),

  "a closed membership refuses calls": (make) =>
    withMembership(make, async (nodes) => {
      await nodes.close();
      await nodes.close();
      await assertFails(nodes.join({ id: "a", addresses: [] }, TTL), "membership_closed");
      await assertFails(nodes.renew("a", TTL), "membership_closed");
      await assertFails(nodes.leave("a"), "membership_closed");
      await assertFails(nodes.list(), "membership_closed");
      await assertFails(
        nodes.watch(() => undefined),
        "membership_closed",
      );
    }),
};
