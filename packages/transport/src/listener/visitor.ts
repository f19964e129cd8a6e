import type { IncomingMessage, ServerResponse } from "node:http";
import type { Upgrade } from "@everwire/websocket";
import type { TransportFailure } from "../failures.ts";
import type { WatchDeparture } from "../http/allow-request.ts";
import type { Headers } from "../http/cors.ts";
import { isOver } from "../http/delivery.ts";
import { departureOfRequest, departureOfUpgrade } from "../http/departure.ts";
import { UpgradeResponse } from "../http/upgrade-response.ts";
import type { Entrance } from "./admission.ts";

/** Answers and records a refusal; `error` is what the application threw, if it did. */
export type Refuse = (row: TransportFailure, error?: unknown) => void;

/** A request or an upgrade on its way in. */
export interface Visitor {
  readonly request: IncomingMessage;
  readonly entrance: Entrance;
  /** What middlewares write to. */
  readonly response: ServerResponse;
  /** Notices that the client is gone. */
  readonly departed: WatchDeparture;
  /** Whether it is gone. */
  readonly gone: boolean;
  readonly refuse: Refuse;
}

/** A plain request. */
export class RequestVisitor implements Visitor {
  readonly entrance = "request";
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** For every answer it is given. */
  readonly headers: Headers;
  readonly refuse: Refuse;

  constructor(request: IncomingMessage, response: ServerResponse, headers: Headers, refuse: Refuse) {
    this.request = request;
    this.response = response;
    this.headers = headers;
    this.refuse = refuse;
  }

  get departed(): WatchDeparture {
    return departureOfRequest(this.response);
  }

  get gone(): boolean {
    return isOver(this.response);
  }
}

/** A request for a WebSocket, whichever HTTP it came by. */
export class UpgradeVisitor implements Visitor {
  readonly entrance = "upgrade";
  readonly upgrade: Upgrade;
  readonly refuse: Refuse;
  /** Records a refusal that has been answered. */
  readonly record: (row: TransportFailure) => void;
  #response: UpgradeResponse | undefined;

  constructor(upgrade: Upgrade, refuse: Refuse, record: (row: TransportFailure) => void) {
    this.upgrade = upgrade;
    this.refuse = refuse;
    this.record = record;
  }

  get request(): IncomingMessage {
    return this.upgrade.request;
  }

  /** Made for the first middleware, and without any never. */
  get response(): UpgradeResponse {
    this.#response ??= new UpgradeResponse(this.upgrade);
    return this.#response;
  }

  get departed(): WatchDeparture {
    return departureOfUpgrade(this.upgrade.stream);
  }

  get gone(): boolean {
    return this.upgrade.stream.destroyed;
  }

  /** Header lines that middlewares want in the answer that accepts. */
  get lines(): readonly string[] {
    return this.#response?.lines ?? [];
  }
}
