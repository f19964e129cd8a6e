import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Answers that one connection may owe. Browsers and proxies wait for each before they ask again. */
const MOST_OWED = 32;

/** The answers of one connection that have to wait for another one. */
interface Debt {
  owed: number;
}

/**
 * Counts the requests of each connection of HTTP/1.1 that came too early to be answered at once. Node parses all that a client writes, so one
 * that never reads could have thousands waiting. The streams of HTTP/2 are bounded by its own settings.
 */
export class Pipelines {
  readonly #debts = new WeakMap<Socket, Debt>();

  /** Counts a request until its answer has left; false when the connection has more than it may. */
  admits(request: IncomingMessage, response: ServerResponse): boolean {
    // A response gets the connection when those before it have been sent: most have it from the beginning.
    if (response.socket !== null || request.httpVersionMajor >= 2) return true;
    const debt = this.#debtOf(request.socket);
    debt.owed += 1;
    response.on("close", () => {
      debt.owed -= 1;
    });
    // The one in front of them has not been counted.
    return debt.owed < MOST_OWED;
  }

  #debtOf(socket: Socket): Debt {
    const known = this.#debts.get(socket);
    if (known !== undefined) return known;
    const debt = { owed: 0 };
    this.#debts.set(socket, debt);
    return debt;
  }
}
