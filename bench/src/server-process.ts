import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { Peer, RowServer } from "./bench.ts";
import type { Certificate } from "./certificate.ts";
import { pinned } from "./pinning.ts";

const START_DEADLINE = 15_000;
const STOP_DEADLINE = 3_000;
const COLLECT_DEADLINE = 30_000;

export interface ServerStart {
  readonly peer: Peer;
  readonly server: RowServer;
  readonly certificate: Certificate | undefined;
  readonly nodeOptions: readonly string[];
}

/** A server that runs in a process of its own, for one run. It ends when this process does: its input ends then. */
export class ServerProcess {
  readonly port: number;
  readonly pid: number;
  /** What the server wants a reader to know. */
  readonly note: string;
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  private constructor(child: ChildProcess, lines: Interface, { port, note }: { port: number; note: string }) {
    this.#child = child;
    this.#lines = lines;
    this.port = port;
    this.note = note;
    if (child.pid === undefined) throw new Error("the server has no process");
    // taskset and the server are one process: the former becomes the latter.
    this.pid = child.pid;
  }

  /** Resolves when the server listens. */
  static async start({ peer, server, certificate, nodeOptions }: ServerStart): Promise<ServerProcess> {
    const { program, args } = pinned("server", peer.command(nodeOptions));
    const tls = server.tls && certificate !== undefined ? ["--cert", certificate.cert, "--key", certificate.key] : [];
    const child = spawn(program, [...args, ...tls, "--compression", server.compression], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout });
    // Writing to a server that has died must not end this process; its death is told below and by the generator.
    child.stdin.on("error", () => {});
    try {
      return new ServerProcess(child, lines, JSON.parse(await nextLine(child, lines, START_DEADLINE)));
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  /** Has the server collect its garbage. */
  async collect(): Promise<void> {
    const answer = nextLine(this.#child, this.#lines, COLLECT_DEADLINE);
    this.#child.stdin?.write("collect\n");
    await answer;
  }

  /** Asks the server to end, so that it can write a profile, and kills it when it does not. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.stdin?.end();
    const deadline = setTimeout(() => this.#child.kill("SIGKILL"), STOP_DEADLINE);
    await ended;
    clearTimeout(deadline);
  }
}

function nextLine(child: ChildProcess, lines: Interface, milliseconds: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(deadline);
      child.off("exit", onExit);
      child.off("error", onError);
      lines.off("line", onLine);
    };
    const fail = (reason: string) => {
      settle();
      reject(new Error(reason));
    };
    const onLine = (line: string) => {
      settle();
      resolve(line);
    };
    const onExit = (code: number | null, signal: string | null) => fail(`the server ended with ${code ?? signal}`);
    const onError = (error: Error) => fail(`the server cannot be started: ${error.message}`);
    const deadline = setTimeout(() => fail("the server says nothing"), milliseconds);
    child.once("exit", onExit);
    child.once("error", onError);
    lines.once("line", onLine);
  });
}
