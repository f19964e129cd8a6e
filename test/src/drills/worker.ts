/** Processes of a drill that answer questions: both ends of their talk. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";

/** The target keeps a core for itself, so that attackers do not slow it down by being there. */
const CORES = { target: 0, others: 1 } as const;

interface Envelope {
  readonly id: number;
  readonly body: unknown;
  readonly error?: string;
}

let pinning: boolean | undefined;

/** Whether processes can be kept on a core of their own here. */
export function canPin(): boolean {
  const works = (core: number): boolean => spawnSync("taskset", ["-c", String(core), "true"]).status === 0;
  pinning ??= cpus().length > 1 && Object.values(CORES).every(works);
  return pinning;
}

export interface WorkerStart {
  readonly script: string;
  /** Without one it runs wherever there is room, which is better where several drills run at the same time. */
  readonly core: keyof typeof CORES | undefined;
  readonly nodeOptions?: readonly string[];
}

/** A process of ours. It answers `Question`s with `Answer`s, and ends when this process does. */
export class Worker<Question, Answer> {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  #asked = 0;
  #ending: string | undefined;

  constructor({ script, core, nodeOptions = [] }: WorkerStart) {
    const command = [process.execPath, "--enable-source-maps", ...nodeOptions, script];
    const [program = "", ...args] =
      core !== undefined && canPin() ? ["taskset", "-c", String(CORES[core]), ...command] : command;
    this.#child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#child.on("message", (message) => this.#take(message));
    this.#child.on("error", (error) => this.#ended(error.message));
    this.#child.on("exit", (code, signal) => this.#ended(`ended with ${code ?? signal}`));
  }

  /** How the process ended, if it has. */
  get ending(): string | undefined {
    return this.#ending;
  }

  /** Asks and waits. Rejects when the process ends, fails at it, or has no answer in time. */
  ask(question: Question, withinMs = 30_000): Promise<Answer> {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      if (this.#ending !== undefined) return reject(new Error(this.#ending));
      const late = setTimeout(() => this.#settle(id)?.reject(new Error(`no answer in ${withinMs} ms`)), withinMs);
      const settled = <T>(then: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(late);
          then(value);
        };
      };
      this.#pending.set(id, { resolve: settled(resolve), reject: settled(reject) });
      this.#child.send({ id, body: question } satisfies Envelope, () => {});
    });
  }

  async stop(): Promise<void> {
    if (this.#ending !== undefined) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  #take(message: unknown): void {
    // Only our own processes speak here, by `answerQuestions`.
    const { id, body, error } = message as Envelope;
    const pending = this.#settle(id);
    if (error === undefined) pending?.resolve(body as Answer);
    else pending?.reject(new Error(error));
  }

  #settle(id: number) {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #ended(reason: string): void {
    this.#ending ??= reason;
    for (const { reject } of this.#pending.values()) reject(new Error(this.#ending));
    this.#pending.clear();
  }
}

/** The other end: answers until the process that asks is gone. */
export function answerQuestions<Question>(answer: (question: Question) => unknown): void {
  process.on("disconnect", () => process.exit());
  process.on("message", (message: Envelope) => {
    const { id } = message;
    const reply = (envelope: Envelope): void => {
      process.send?.(envelope);
    };
    // Only a Worker speaks here.
    Promise.resolve(message.body as Question)
      .then(answer)
      .then(
        (body) => reply({ id, body }),
        (error: unknown) => reply({ id, body: undefined, error: String(error) }),
      );
  });
}
