import type { SetDeadline } from "../event/acknowledgements.ts";
import { isThenable } from "../event/listener-map.ts";
import { MemoryRecoveryStore } from "./memory-recovery-store.ts";
import type { Recorder } from "./recorder.ts";
import type { ResolvedRecovery } from "./recovery-options.ts";
import type { ParkedSocket, RecoveryStore } from "./recovery-store.ts";
import type { RecoveryClaim, RecoveryRefusal } from "./socket-recovery.ts";

/** How a pid looks: 120 random bits. */
const PID = /^[A-Za-z0-9_-]{20}$/;

/** Connection state recovery as all namespaces of a server share it. */
export class Recovery {
  readonly store: RecoveryStore;
  readonly skipMiddlewares: boolean;
  /** Milliseconds after which a client that is alive has confirmed what was sent to it. */
  readonly grace: number;

  constructor(options: ResolvedRecovery, grace: number, setDeadline: SetDeadline) {
    this.grace = grace;
    this.skipMiddlewares = options.skipMiddlewares;
    const limits = { ...options, maxEventAge: options.maxDisconnectionDuration + grace };
    this.store = options.store ?? new MemoryRecoveryStore(limits, setDeadline);
  }

  /**
   * Finds what a client says was its own. `done` is called once: with undefined when it claims nothing. What a store throws
   * goes to `failed`, and the client begins anew.
   */
  claim(
    namespace: string,
    recorder: Recorder,
    { pid, offset }: Readonly<Record<string, unknown>>,
    done: (claim: RecoveryClaim | RecoveryRefusal | undefined) => void,
    failed: (error: unknown) => void,
  ): void {
    if (typeof pid !== "string") {
      done(undefined);
      return;
    }
    const judge = (parked: ParkedSocket | undefined): void => {
      let claim: RecoveryClaim | RecoveryRefusal = "unknown";
      try {
        claim = this.#judge(parked, recorder, offset);
      } catch (error) {
        failed(error);
      }
      done(claim);
    };
    const broken = (error: unknown): void => {
      failed(error);
      done("unknown");
    };
    let found: ReturnType<RecoveryStore["claim"]>;
    try {
      found = PID.test(pid) ? this.store.claim(namespace, pid) : undefined;
    } catch (error) {
      broken(error);
      return;
    }
    if (isThenable(found)) Promise.resolve(found).then(judge, broken);
    else judge(found);
  }

  #judge(parked: ParkedSocket | undefined, recorder: Recorder, offset: unknown): RecoveryClaim | RecoveryRefusal {
    // Also one whose credentials have ended while it was away: it has to prove anew who it is.
    if (parked === undefined || (parked.expires !== undefined && parked.expires <= Date.now())) return "unknown";
    // A client that got no event knows no position: it has missed whatever came since it connected.
    const named =
      offset === undefined ? parked.start : typeof offset === "string" ? recorder.offsetOf(offset) : undefined;
    if (named === undefined) return "position";
    // What a client remembers of an earlier socket says that it has got nothing of this one.
    const after = Math.max(named, parked.start);
    return this.store.missed(parked, after) === undefined ? "trimmed" : { parked, after };
  }
}
