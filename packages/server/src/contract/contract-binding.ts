import { type Contract, type EventRule, readShape } from "@everwire/protocol/contract";
import type { PendingAck } from "../event/acknowledgements.ts";
import { ServerError } from "../failures.ts";
import { validated } from "./client-answer.ts";

/** How a namespace keeps to its contract. */
export interface ContractOptions {
  /**
   * What becomes of events that the contract does not name. "refuse", the default: refused like invalid ones. "pass": handed
   * to listeners as they came, with their callback last, as without a contract.
   */
  readonly unknownEvents?: "refuse" | "pass";
  /**
   * Events of one socket that may wait behind one whose schema takes its time. Default 256; what comes beyond it is refused
   * with "too_many_events".
   */
  readonly maxWaitingEvents?: number;
}

const WAYS: ReadonlySet<string> = new Set(["refuse", "pass"]);

type Rules = ReadonlyMap<string, EventRule>;

/** A contract as a namespace applies it. Names come from clients, so rules are found in a Map. */
export class ContractBinding {
  readonly contract: Contract;
  readonly passUnknown: boolean;
  readonly maxWaiting: number;
  readonly #toServer: Rules;
  readonly #toClient: Rules;

  /** Throws `invalid_option`. */
  constructor(contract: Contract, { unknownEvents = "refuse", maxWaitingEvents = 256 }: ContractOptions = {}) {
    if (!WAYS.has(unknownEvents)) {
      throw new ServerError("invalid_option", 'unknownEvents is "refuse" or "pass"');
    }
    if (!Number.isInteger(maxWaitingEvents) || maxWaitingEvents < 1) {
      throw new ServerError("invalid_option", "maxWaitingEvents is a whole number from 1");
    }
    this.contract = contract;
    this.passUnknown = unknownEvents === "pass";
    this.maxWaiting = maxWaitingEvents;
    this.#toServer = rulesOf(contract.clientToServer);
    this.#toClient = rulesOf(contract.serverToClient);
  }

  /** What a client may send under this name. */
  incoming(name: string): EventRule | undefined {
    return this.#toServer.get(name);
  }

  /** The wait for a client's answer to an event of the server, which is taken only as the contract describes it. */
  awaiting(name: string | number, pending: PendingAck, failed: (error: unknown) => void): PendingAck {
    const rule = this.#toClient.get(String(name));
    return rule === undefined ? pending : validated(rule, pending, failed);
  }
}

/** The binding of a namespace that had `present`. Throws `contract_bound` when that is of another contract. */
export function bindContract(
  present: ContractBinding | undefined,
  contract: Contract,
  options: ContractOptions | undefined,
): ContractBinding {
  if (present !== undefined && present.contract !== contract) throw new ServerError("contract_bound");
  return new ContractBinding(contract, options);
}

function rulesOf(shapes: Contract["clientToServer"]): Rules {
  return new Map(Object.entries(shapes).map(([name, shape]) => [name, readShape(name, shape)]));
}
