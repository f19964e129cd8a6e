// Runs the built command as a user does, for the tests of this package.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("./bin.js", import.meta.url));
/** For machines under load; a command that hangs is killed then, and its test fails. */
const DEADLINE = 60_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export class EverwireProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  #out = "";
  #err = "";

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { PORT: _, ...inherited } = process.env;
    this.#child = spawn(process.execPath, [BIN, ...args], { env: { ...inherited, ...env }, timeout: DEADLINE });
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      this.#out += chunk.toString();
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#err += chunk.toString();
    });
    this.#ended = once(this.#child, "close").then(([code, signal]) => ({
      code,
      signal,
      out: this.#out,
      err: this.#err,
    }));
  }

  /** Runs to its end by itself. */
  static run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended> {
    return new EverwireProcess(args, env).#ended;
  }

  get out(): string {
    return this.#out;
  }

  /** Resolves with the first match in its output; rejects when it ends before. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#out);
      if (match !== null) return match;
      const data = this.#child.stdout === null ? Promise.resolve() : once(this.#child.stdout, "data");
      const ended = await Promise.race([data.then(() => undefined), this.#ended]);
      if (ended !== undefined) throw new Error(`ended before it printed ${pattern}: ${ended.out}${ended.err}`);
    }
  }

  /** Sends a signal; `ended` tells what came of it. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    this.kill(signal);
    return this.#ended;
  }
}
