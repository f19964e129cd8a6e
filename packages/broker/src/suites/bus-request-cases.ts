import assert from "node:assert/strict";
import { type MakeBuses, withBuses } from "./bus-bench.ts";
import { assertFails, bytes, type Cases, text } from "./suite.ts";

const never = (): Promise<Uint8Array> => new Promise(() => undefined);

/** Asking nodes: requests to one, surveys of all. */
export const busRequestCases: Cases<MakeBuses> = {
  "a request reaches the node named, and its answer comes back": (make) =>
    withBuses(make, async (a, b, c) => {
      b.serve((request) => bytes(`b heard ${text(request.data)} of ${request.from}`));
      c.serve(async () => bytes("c"));
      assert.equal(text(await a.request("b", bytes("hello"))), "b heard hello of a");
      assert.equal(text(await a.request("c", bytes(""))), "c");
      assert.equal(text(await b.request("b", bytes("myself"))), "b heard myself of b");
    }),

  "answers belong to their requests, whatever their order": (make) =>
    withBuses(make, async (a, b) => {
      const open: (() => void)[] = [];
      b.serve((request) => new Promise((resolve) => open.push(() => resolve(request.data))));
      const asked = Promise.all(["1", "2", "3"].map(async (id) => text(await a.request("b", bytes(id)))));
      while (open.length < 3) await new Promise((resolve) => setImmediate(resolve));
      for (const answer of open.reverse()) answer();
      assert.deepEqual(await asked, ["1", "2", "3"]);
    }),

  "an unknown node and one that does not serve are told apart": (make) =>
    withBuses(make, async (a, b) => {
      await assertFails(a.request("nobody", bytes("")), "no_such_node");
      await assertFails(a.request("b", bytes("")), "not_serving");
      const stop = b.serve(() => bytes("yes"));
      assert.equal(text(await a.request("b", bytes(""))), "yes");
      stop();
      await assertFails(a.request("b", bytes("")), "not_serving");
      await b.close();
      await assertFails(a.request("b", bytes("")), "no_such_node");
    }),

  "a node has one request handler": (make) =>
    withBuses(make, async (a) => {
      const stop = a.serve(never);
      await assertFails((async () => a.serve(never))(), "already_serving");
      stop();
      a.serve(never);
    }),

  "a handler that fails becomes a failure without its text": (make) =>
    withBuses(make, async (a, b) => {
      b.serve(() => {
        throw new Error("secret");
      });
      const failure = await a.request("b", bytes("")).catch((error: unknown) => error);
      assert.ok(failure instanceof Error && !failure.message.includes("secret"));
      await assertFails(a.request("b", bytes("")), "request_failed");
    }),

  "a request ends at its time, and a late answer is ignored": (make) =>
    withBuses(make, async (a, b, _c, advance) => {
      const answers: (() => void)[] = [];
      b.serve(() => new Promise((resolve) => answers.push(() => resolve(bytes("late")))));
      const asked = assertFails(a.request("b", bytes(""), { timeout: 50 }), "request_timed_out");
      while (answers.length === 0) await new Promise((resolve) => setImmediate(resolve));
      await advance(51);
      await asked;
      answers[0]?.();
      await new Promise((resolve) => setImmediate(resolve));
    }),

  "closing ends the requests that wait": (make) =>
    withBuses(make, async (a, b) => {
      b.serve(never);
      const asked = assertFails(a.request("b", bytes("")), "bus_closed");
      await a.close();
      await asked;
    }),

  "a survey gathers the answers of all other nodes": (make) =>
    withBuses(make, async (a, b, c) => {
      a.serve(() => bytes("own"));
      b.serve((request) => bytes(`b ${text(request.data)}`));
      c.serve((request) => bytes(`c ${text(request.data)}`));
      const { answers, missing } = await a.survey(bytes("?"));
      const found = answers.map((answer) => `${answer.node}: ${text(answer.data)}`);
      assert.deepEqual(found.sort(), ["b: b ?", "c: c ?"]);
      assert.deepEqual(missing, []);
    }),

  "a survey names the nodes that fail or are slow, and still gives the rest": (make) =>
    withBuses(make, async (a, b, c, advance) => {
      let asked = 0;
      b.serve(() => {
        asked += 1;
        return never();
      });
      c.serve(() => bytes("c"));
      const survey = a.survey(bytes(""), { timeout: 50 });
      while (asked === 0) await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      await advance(51);
      const { answers, missing } = await survey;
      assert.deepEqual(
        answers.map((answer) => answer.node),
        ["c"],
      );
      assert.deepEqual(missing, ["b"]);
    }),
};
