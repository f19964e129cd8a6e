import type { DeadlineWheel } from "@everwire/websocket";
import { type FailureReason, failure, TransportFailure } from "../failures.ts";
import { askAllowRequest, type Verdict } from "../http/allow-request.ts";
import type { Middlewares } from "../http/middlewares.ts";
import { type Admission, admit, type Gate } from "./admission.ts";
import { OpeningTurns } from "./opening-turns.ts";
import type { Visitor } from "./visitor.ts";

/** What a listener does for a visitor, and what the application's `bind` said of it. */
export type Admitted = (admission: Admission, binding: string | undefined) => void;

/**
 * The way in, one for requests and upgrades: the pure admission, then the middlewares, then `bind`, and for a new session
 * `allowRequest`. Without hooks it is gone through within one call.
 */
export class Reception {
  readonly #gate: Gate;
  readonly #middlewares: Middlewares;
  readonly #wheel: DeadlineWheel;
  readonly #turns = new OpeningTurns();
  #closed: Extract<FailureReason, "shutting_down" | "draining"> | undefined;

  constructor(gate: Gate, middlewares: Middlewares, wheel: DeadlineWheel) {
    this.#gate = gate;
    this.#middlewares = middlewares;
    this.#wheel = wheel;
  }

  /** From now on nobody new is admitted. Those who are here may come once more, to hear that it is over. */
  close(why: "shutting_down" | "draining" = "shutting_down"): void {
    this.#closed = why;
  }

  /** Why nobody new is admitted, if that is so. */
  get closed(): TransportFailure | undefined {
    return this.#closed === undefined ? undefined : failure(this.#closed);
  }

  /** The same for one request: while the application thought, others may have come from its address. */
  full(request: Visitor["request"]): TransportFailure | undefined {
    return this.closed ?? (this.#gate.crowded(request) ? failure("too_many_connections") : undefined);
  }

  /** Refuses the visitor, or goes on with `admitted`; neither when a middleware has answered. */
  receive(visitor: Visitor, admitted: Admitted): void {
    const admission = this.#look(visitor);
    if (admission instanceof TransportFailure) {
      visitor.refuse(admission);
      return;
    }
    if (admission.kind === "preflight") {
      admitted(admission, undefined);
      return;
    }
    if (admission.kind !== "open") this.#go(visitor, admission, admitted);
    // Before anything of the application's is asked: what is beyond the limit is to cost nearly nothing.
    else if (!this.#gate.mayOpen(visitor.request)) visitor.refuse(failure("too_many_handshakes"));
    else
      this.#turns.take(visitor, (waited) => {
        // Meanwhile others may have come from the same address, and the listener may have been closed.
        const anew = waited ? this.#look(visitor) : admission;
        if (anew instanceof TransportFailure) visitor.refuse(anew);
        else this.#go(visitor, anew, admitted);
      });
  }

  /** Asks the middlewares. */
  #go(visitor: Visitor, admission: Admission, admitted: Admitted): void {
    if (this.#middlewares.empty) {
      this.#identify(visitor, admission, admitted);
      return;
    }
    this.#middlewares.run(visitor.request, visitor.response, visitor.departed, (verdict) => {
      if (verdict === undefined) return;
      // Time may have passed, and with it the session.
      const anew = verdict.row ?? this.#look(visitor);
      if (anew instanceof TransportFailure) visitor.refuse(anew, verdict.error);
      else this.#identify(visitor, anew, admitted);
    });
  }

  #look({ request, entrance }: Visitor): Admission | TransportFailure {
    const admission = admit(request, entrance, this.#gate);
    if (!(admission instanceof TransportFailure) && "resident" in admission) return admission;
    return this.closed ?? admission;
  }

  /** A session is for whom it was opened: somebody else with its id is refused. */
  #identify(visitor: Visitor, admission: Admission, admitted: Admitted): void {
    const { bind } = this.#gate.options;
    let binding: string | undefined;
    try {
      binding = bind?.(visitor.request);
    } catch (error) {
      visitor.refuse(failure("hook_failed"), error);
      return;
    }
    if ("resident" in admission && bind !== undefined && admission.resident.binding !== binding) {
      visitor.refuse(failure("binding_refused"));
      return;
    }
    if (admission.kind === "open") this.#ask(visitor, admission, binding, admitted);
    else admitted(admission, binding);
  }

  /** Continues at once when there is no hook, so that the common case costs no promise. */
  #ask(visitor: Visitor, admission: Admission, binding: string | undefined, admitted: Admitted): void {
    const { allowRequest, allowRequestTimeout } = this.#gate.options;
    if (allowRequest === undefined) {
      admitted(admission, binding);
      return;
    }
    const answered = ({ row, error }: Verdict): void => {
      const refused = row ?? this.full(visitor.request);
      if (refused !== undefined) visitor.refuse(refused, error);
      else admitted(admission, binding);
    };
    const { request, departed } = visitor;
    void askAllowRequest(allowRequest, request, departed, allowRequestTimeout, this.#wheel).then(answered);
  }
}
