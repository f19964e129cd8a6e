/** The probe's process: honest clients that go on using the server while it is attacked. */
import { RawClient } from "./raw-client.ts";
import { frame, PONG, TEXT } from "./raw-frame.ts";
import { answerQuestions } from "./worker.ts";

const CONNECTIONS = 20;
/** 20 messages a second on each. */
const INTERVAL = 50;
/** An echo that takes longer than this has failed. */
const LONGEST_ECHO = 5000;

const MESSAGE = frame(TEXT, "are you there?".padEnd(64, "."));
/** A server's frame has no mask. */
const ECHO_BYTES = MESSAGE.length - 4;

export type ProbeQuestion =
  | { readonly kind: "start"; readonly port: number }
  /** What was seen since the last report. */
  | { readonly kind: "report" };

export interface ProbeReport {
  readonly echoes: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Connections lost and echoes that did not come. */
  readonly errors: number;
}

let latencies: number[] = [];
let errors = 0;

async function start(port: number): Promise<void> {
  for (let index = 0; index < CONNECTIONS; index++) {
    const client = await RawClient.upgrade(port, "/echo");
    client.onGone(() => errors++);
    setTimeout(() => keepAsking(client), (index * INTERVAL) / CONNECTIONS);
  }
}

function keepAsking(client: RawClient): void {
  let asked: number | undefined;
  let received = 0;
  client.onBytes = (count, bytes) => {
    // A ping of the server may come before an echo, never within: it is answered, or we would be taken for dead.
    const start = received === 0 ? answerPings(client, bytes, count) : 0;
    received += count - start;
    if (received < ECHO_BYTES || asked === undefined) return;
    received = 0;
    latencies.push(performance.now() - asked);
    asked = undefined;
  };
  setInterval(() => {
    if (client.gone !== undefined) return;
    if (asked !== undefined) {
      if (performance.now() - asked < LONGEST_ECHO) return;
      errors++;
    }
    asked = performance.now();
    client.write(MESSAGE);
  }, INTERVAL);
}

/** RFC 6455 §5.5.3: a pong has the application data of its ping. Returns where the next frame begins. */
function answerPings(client: RawClient, bytes: Buffer, count: number): number {
  let at = 0;
  while (at + 2 <= count && bytes[at] === 0x89) {
    const end = at + 2 + bytes.readUInt8(at + 1);
    client.write(frame(PONG, bytes.subarray(at + 2, end)));
    at = end;
  }
  return at;
}

function report(): ProbeReport {
  const sorted = latencies.sort((one, other) => one - other);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const seen = { echoes: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1), errors };
  latencies = [];
  errors = 0;
  return seen;
}

answerQuestions(async (question: ProbeQuestion) => {
  if (question.kind === "start") await start(question.port);
  return report();
});
