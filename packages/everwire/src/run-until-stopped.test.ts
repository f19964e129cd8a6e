import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { mock, test } from "node:test";
import { type Running, runUntilStopped } from "./run-until-stopped.ts";

function setUp(close: () => Promise<void>) {
  const signals = new EventEmitter();
  const steps: string[] = [];
  const terminal = {
    out: (text: string) => void steps.push(text.trim()),
    err: (text: string) => void steps.push(text.trim()),
    signals,
    exit: (code: number) => void steps.push(`exit ${code}`),
  };
  const running: Running = { announcement: "ready", unready: () => {}, close };
  return { signals, steps, terminal, running };
}

test("it announces, waits for a signal, closes and gives 0", async () => {
  const { signals, steps, terminal, running } = setUp(async () => void steps.push("close"));
  const end = runUntilStopped(async () => running, terminal);
  signals.emit("SIGTERM", "SIGTERM");
  assert.equal(await end, 0, "a signal during the start is kept");
  assert.deepEqual(steps, ["ready", "SIGTERM: stopping; a second signal ends it at once.", "close", "Stopped."]);
  assert.deepEqual(signals.eventNames(), []);
});

test("a start that fails leaves no listener", async () => {
  const { signals, terminal } = setUp(async () => {});
  await assert.rejects(
    runUntilStopped(() => Promise.reject(new Error("taken")), terminal),
    /taken/,
  );
  assert.deepEqual(signals.eventNames(), []);
});

test("a stop that is stuck is given up after 8 seconds", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    let closing = () => {};
    const began = new Promise<void>((resolve) => {
      closing = resolve;
    });
    const { signals, steps, terminal, running } = setUp(() => {
      closing();
      return new Promise(() => {});
    });
    void runUntilStopped(async () => running, terminal);
    signals.emit("SIGINT", "SIGINT");
    await began;
    mock.timers.tick(8000);
    assert.deepEqual(steps.slice(-2), ["error: it did not stop within 8 seconds and is ended.", "exit 1"]);
  } finally {
    mock.timers.reset();
  }
});
