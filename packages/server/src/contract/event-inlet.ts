import type { EventPayload } from "@everwire/protocol";
import { type EventIssue, EventRefused, isOwnEvent, refusalAnswer } from "@everwire/protocol/contract";
import { isThenable } from "../event/listener-map.ts";
import { type Checked, checkArguments } from "./argument-check.ts";
import type { ContractBinding } from "./contract-binding.ts";
import { type Acknowledge, EventReply } from "./event-reply.ts";

/** An event of a client that was not served because it broke the contract. */
export interface RefusedEvent {
  readonly event: string;
  readonly code: "invalid_event" | "unknown_event" | "too_many_events";
  readonly issues: readonly EventIssue[];
  /** How many this socket has had by now, this one included. */
  readonly count: number;
}

/** The socket, as its inlet sees it. */
export interface InletHost {
  /** What comes after the disconnect is passed over. */
  connected(): boolean;
  /** Hands an event on to middlewares and listeners; without a reply its callback is among the arguments. */
  pass(args: EventPayload, reply?: EventReply): void;
  /** Tells the application. */
  refused(refusal: RefusedEvent): void;
  /** Reports a failure that is the application's. */
  failed(error: unknown): void;
}

interface Arrival {
  readonly args: EventPayload;
  readonly acknowledge: Acknowledge | undefined;
}

/**
 * Where the events of one socket come in when its namespace has a contract: each is validated before anything else sees it,
 * and they go on in the order in which they came. While one is being validated those behind it wait.
 */
export class EventInlet {
  readonly #binding: ContractBinding;
  readonly #host: InletHost;
  readonly #waiting: Arrival[] = [];
  #validating = false;
  #refusals = 0;

  constructor(binding: ContractBinding, host: InletHost) {
    this.#binding = binding;
    this.#host = host;
  }

  take(args: EventPayload, acknowledge: Acknowledge | undefined): void {
    const arrival = { args, acknowledge };
    if (!this.#validating) this.#validate(arrival);
    else if (this.#waiting.length < this.#binding.maxWaiting) this.#waiting.push(arrival);
    else this.#refuse(arrival, "too_many_events");
  }

  #validate(arrival: Arrival): void {
    const { args, acknowledge } = arrival;
    const [name, ...given] = args;
    const rule = this.#binding.incoming(String(name));
    if (rule === undefined) {
      this.#unknown(arrival);
      return;
    }
    const reply = new EventReply(rule, acknowledge, this.#host.failed);
    try {
      const checked = checkArguments(rule, given);
      if (isThenable(checked)) this.#wait(arrival, reply, checked);
      else this.#settle(arrival, reply, checked);
    } catch (error) {
      this.#broken(reply, error);
    }
  }

  #wait(arrival: Arrival, reply: EventReply, checking: PromiseLike<Checked>): void {
    this.#validating = true;
    const goOn = (): void => {
      this.#validating = false;
      for (let next = this.#next(); next !== undefined; next = this.#next()) this.#validate(next);
    };
    checking
      .then(
        (checked) => this.#settle(arrival, reply, checked),
        (error: unknown) => this.#broken(reply, error),
      )
      .then(goOn, (error: unknown) => {
        this.#host.failed(error);
        goOn();
      });
  }

  #next(): Arrival | undefined {
    return this.#validating ? undefined : this.#waiting.shift();
  }

  #settle(arrival: Arrival, reply: EventReply, checked: Checked): void {
    if (!this.#host.connected()) return;
    if (checked.issues !== undefined) this.#refuse(arrival, "invalid_event", checked.issues);
    else this.#host.pass([arrival.args[0], ...checked.values], reply);
  }

  #unknown(arrival: Arrival): void {
    const { args, acknowledge } = arrival;
    if (!this.#binding.passUnknown || isOwnEvent(String(args[0]))) this.#refuse(arrival, "unknown_event");
    else this.#host.pass(acknowledge === undefined ? args : [...args, acknowledge]);
  }

  #refuse({ args, acknowledge }: Arrival, code: RefusedEvent["code"], issues: readonly EventIssue[] = []): void {
    this.#refusals += 1;
    acknowledge?.(refusalAnswer(new EventRefused(code, undefined, { issues })));
    this.#host.refused({ event: String(args[0]), code, issues, count: this.#refusals });
  }

  /** The schema failed, or the application behind it. */
  #broken(reply: EventReply, error: unknown): void {
    this.#host.failed(error);
    reply.refuse(new EventRefused("event_failed"));
  }
}
