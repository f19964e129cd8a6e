import { STATUS_CODES } from "node:http";
import { Bell } from "./bell.ts";
import { type BodyPath, DirectPath, HeldPath, TruncatedPath } from "./body-path.ts";
import { type Framing, requestFraming, responseFraming } from "./body-scanner.ts";
import type { ByteSink } from "./byte-sink.ts";
import type { ByteSource } from "./byte-source.ts";
import { Exchange } from "./exchange.ts";
import type { FaultPlan } from "./fault-plan.ts";
import type { CutHow, FaultName } from "./faults.ts";
import { HttpHead } from "./http-head.ts";
import { MessageReader } from "./message-reader.ts";
import { SeededRandom } from "./seeded-random.ts";

/** The connection as its conversation sees it. */
export interface Party {
  readonly id: number;
  readonly seed: number;
  readonly plan: FaultPlan;
  readonly fromClient: ByteSource;
  readonly fromServer: ByteSource;
  readonly toServer: ByteSink;
  readonly toClient: ByteSink;
  note(what: "request" | "upgrade" | "pipe", detail: string): void;
  noteFault(fault: FaultName, detail: string): void;
  cutFor(fault: FaultName, how: CutHow, detail: string): void;
  /** Sends a copy of a request on a connection of its own; resolves when it has been answered. */
  sendCopy(method: string, request: Buffer): Promise<number | undefined>;
}

/** Which headers make a request an upgrade. RFC 9110 §7.8 */
const UPGRADE_HEADERS = new Set(["upgrade", "connection"]);
/** A request whose body is longer is sent once. */
const MAX_COPIED = 1024 * 1024;

/**
 * HTTP/1.1 over one connection: one request at a time, each answered before the next is read, so that an answer of the
 * proxy's own stands in its place. What is no HTTP, from its first byte or after an upgrade, is piped.
 */
export class HttpConversation {
  readonly #party: Party;
  readonly #requests: MessageReader;
  readonly #responses: MessageReader;
  readonly #random: SeededRandom;
  readonly #changed = new Bell();
  #exchange: Exchange | undefined;
  #held: HeldPath | undefined;
  #isPipe = false;

  constructor(party: Party) {
    this.#party = party;
    this.#requests = new MessageReader(party.fromClient, "request");
    this.#responses = new MessageReader(party.fromServer, "response");
    this.#random = new SeededRandom(`${party.seed}/${party.id}/http`);
  }

  /** Until both flows have ended. */
  async run(): Promise<void> {
    await Promise.all([this.#runRequests(), this.#runResponses()]);
  }

  /** The plan has changed, or a peer has sent something. */
  refresh(): void {
    this.#held?.refresh();
    this.#changed.ring();
  }

  async #runRequests(): Promise<void> {
    const { fromClient, toServer } = this.#party;
    while (!this.#isPipe) {
      const head = await this.#requests.head();
      if (!(head instanceof HttpHead)) {
        if (head !== undefined) await this.#pipeFrom(head);
        break;
      }
      if (!(await this.#request(head))) this.#isPipe = true;
      // An upgrade turns the connection into a pipe here, after its answer and before its first byte is read.
      // The end of the client is passed on at once: it may be giving up a request that is not answered.
      while (!this.#isPipe && this.#exchange?.answered === false && !fromClient.exhausted) await this.#changed.wait();
    }
    await this.#requests.rest((bytes) => toServer.write(bytes));
    toServer.end();
  }

  /** Bytes from the client that are no HTTP. */
  async #pipeFrom(bytes: Buffer): Promise<void> {
    this.#isPipe = true;
    this.#party.note("pipe", "not HTTP/1.1, passed on as bytes");
    await this.#party.toServer.write(bytes);
  }

  /** False when what follows is no HTTP. */
  async #request(head: HttpHead): Promise<boolean> {
    const { plan } = this.#party;
    this.#party.note("request", head.startLine);
    const isTargeted = plan.only === undefined || plan.only.test(head.startLine);
    const isUpgrade = head.field("upgrade") !== undefined;
    const block = isTargeted && isUpgrade ? plan.blockUpgrade : undefined;
    const stripped = this.#strip(block === "strip" ? head.without(UPGRADE_HEADERS) : head, isTargeted);
    this.#exchange = new Exchange(head, isTargeted, block === "mute");
    if (block !== undefined) this.#party.noteFault("blockUpgrade", `${block}: ${head.startLine}`);

    const framing = requestFraming(head);
    if (block === "hang") return await this.#discard(framing);
    await this.#invite(head, isTargeted);
    const status = typeof block === "number" ? block : isTargeted ? this.#injected(head) : undefined;
    if (status !== undefined) return await this.#answer(framing, status);
    if (isTargeted && this.#isDuplicated(head)) return await this.#duplicate(stripped, framing);
    return await this.#forwardRequest(stripped, framing, isTargeted);
  }

  /**
   * RFC 9110 §10.1.1: a client may wait with the body until it is told to go on. Where the proxy wants the body first the
   * server cannot say so, and the proxy does; a second invitation by the server is harmless.
   */
  async #invite(head: HttpHead, isTargeted: boolean): Promise<void> {
    const { injectStatus, duplicateRequests, bufferRequests } = this.#party.plan;
    const isTaken = injectStatus ?? duplicateRequests ?? bufferRequests;
    if (!isTargeted || isTaken === undefined || head.field("expect")?.toLowerCase() !== "100-continue") return;
    await this.#party.toClient.write(Buffer.from("HTTP/1.1 100 Continue\r\n\r\n"));
  }

  async #forwardRequest(head: HttpHead, framing: Framing, isTargeted: boolean): Promise<boolean> {
    const forward = (bytes: Buffer): Promise<void> => this.#party.toServer.write(bytes);
    const isHeld = isTargeted && this.#party.plan.bufferRequests !== undefined && framing.kind !== "none";
    if (isHeld) this.#party.noteFault("bufferRequests", head.startLine);
    const path = isHeld ? new HeldPath(() => this.#party.plan.bufferRequests, forward) : new DirectPath(forward);
    await path.write({ bytes: head.bytes, data: false });
    const end = await this.#requests.body(framing, (piece) => path.write(piece));
    await path.end();
    return end !== "malformed";
  }

  async #discard(framing: Framing): Promise<boolean> {
    return (await this.#requests.body(framing, async () => {})) !== "malformed";
  }

  /** Answers by itself; the server never sees the request. */
  async #answer(framing: Framing, status: number): Promise<boolean> {
    const isHttp = await this.#discard(framing);
    const body = `${status} ${STATUS_CODES[status] ?? "Fault"}`;
    const head = new HttpHead(`HTTP/1.1 ${body}`, ["content-type: text/plain", `content-length: ${body.length}`]);
    const isHead = this.#exchange?.method === "HEAD";
    await this.#party.toClient.write(Buffer.concat([head.bytes, Buffer.from(isHead ? "" : body)]));
    this.#finish();
    return isHttp;
  }

  async #duplicate(head: HttpHead, framing: Framing): Promise<boolean> {
    const copy = { bytes: head.bytes, isLong: false };
    const end = await this.#requests.body(framing, async (piece) => {
      copy.bytes = Buffer.concat([copy.bytes, piece.bytes]);
      copy.isLong ||= copy.bytes.length > MAX_COPIED;
      if (!copy.isLong) return;
      await this.#party.toServer.write(copy.bytes);
      copy.bytes = Buffer.alloc(0);
    });
    // A request that was not completed is not repeated either.
    if (copy.isLong || end !== "whole") {
      await this.#party.toServer.write(copy.bytes);
      return end !== "malformed";
    }
    const first = this.#copy(head, copy.bytes);
    if (!this.#party.plan.duplicateRequests?.parallel) await first;
    await this.#party.toServer.write(copy.bytes);
    return true;
  }

  async #copy(head: HttpHead, request: Buffer): Promise<void> {
    const status = await this.#party.sendCopy(head.method, request);
    this.#party.noteFault("duplicateRequests", `${head.startLine}: the first was answered ${status ?? "not at all"}`);
  }

  async #runResponses(): Promise<void> {
    const { toClient } = this.#party;
    while (!this.#isPipe) {
      const head = await this.#responses.head();
      if (!(head instanceof HttpHead)) {
        if (head !== undefined) await toClient.write(head);
        break;
      }
      if (!(await this.#response(head))) this.#isPipe = true;
      this.#changed.ring();
    }
    await this.#responses.rest((bytes) => toClient.write(bytes));
    toClient.end();
  }

  /** False when what follows is no HTTP. */
  async #response(head: HttpHead): Promise<boolean> {
    const { toClient } = this.#party;
    const exchange = this.#exchange;
    const stripped = this.#strip(head, exchange?.isTargeted ?? true);
    if (exchange?.isUpgradedBy(head)) {
      await toClient.write(stripped.bytes);
      await this.#upgraded(exchange);
      return false;
    }
    // RFC 9110 §15.2: an interim response; the final one follows.
    if (head.status < 200) {
      await toClient.write(stripped.bytes);
      return true;
    }
    const isWhole = await this.#responseBody(stripped, responseFraming(head, exchange?.method ?? "GET"), exchange);
    this.#finish();
    return isWhole;
  }

  async #upgraded(exchange: Exchange): Promise<void> {
    this.#party.note("upgrade", exchange.startLine);
    if (!exchange.muted) return;
    await this.#party.toClient.flushed();
    this.#party.cutFor("blockUpgrade", "silent", "nothing passes after the upgrade");
  }

  async #responseBody(head: HttpHead, framing: Framing, exchange: Exchange | undefined): Promise<boolean> {
    const { plan, toClient } = this.#party;
    const isTargeted = exchange?.isTargeted ?? true;
    const forward = (bytes: Buffer): Promise<void> => toClient.write(bytes);
    const direct = new DirectPath(forward);
    let path: BodyPath = direct;
    if (isTargeted && plan.bufferResponses && framing.kind !== "none") {
      this.#held = new HeldPath(() => this.#party.plan.bufferResponses, forward);
      path = this.#held;
      this.#party.noteFault("bufferResponses", exchange?.startLine ?? "");
    }
    const holdsHead = path !== direct && plan.bufferResponses?.head === true;
    const [sentHead, cutPath] = isTargeted ? this.#truncated(head, framing, path) : [head, path];
    await (holdsHead ? path : direct).write({ bytes: sentHead.bytes, data: false });
    const end = await this.#responses.body(framing, (piece) => cutPath.write(piece));
    // A body that the server left unfinished must not be finished here: what was held goes on, and then comes its end.
    await (end === "whole" ? cutPath : path).end();
    this.#held = undefined;
    return end !== "malformed";
  }

  /** The head and the way of a body that is to be cut short. */
  #truncated(head: HttpHead, framing: Framing, path: BodyPath): [HttpHead, BodyPath] {
    const { truncate } = this.#party.plan;
    const isShort = framing.kind === "length" && framing.length <= (truncate?.bytes ?? 0);
    if (truncate === undefined || framing.kind === "none" || isShort) return [head, path];
    const how = truncate.how === "complete" ? "fin" : truncate.how;
    const cut = async (): Promise<void> => {
      await this.#party.toClient.flushed();
      this.#party.cutFor("truncate", how, `after ${truncate.bytes} bytes of the body`);
    };
    const truncated = new TruncatedPath(truncate, framing.kind === "chunked", path, cut);
    if (truncate.how !== "complete") return [head, truncated];
    // What the server still sends has nowhere to go, so the connection ends with this response.
    const closing = head.with("connection", "close");
    return [framing.kind === "length" ? closing.with("content-length", String(truncate.bytes)) : closing, truncated];
  }

  #strip(head: HttpHead, isTargeted: boolean): HttpHead {
    const { stripHeaders } = this.#party.plan;
    if (!isTargeted || stripHeaders === undefined) return head;
    const found = [...stripHeaders].filter((name) => head.field(name) !== undefined);
    if (found.length === 0) return head;
    this.#party.noteFault("stripHeaders", `${found.join(", ")} of ${head.startLine}`);
    return head.without(stripHeaders);
  }

  /** The status the proxy answers with by itself, if it does. */
  #injected(head: HttpHead): number | undefined {
    const { injectStatus } = this.#party.plan;
    if (injectStatus === undefined || !this.#random.chance(injectStatus.probability)) return undefined;
    const status = injectStatus.status[this.#random.below(injectStatus.status.length)];
    this.#party.noteFault("injectStatus", `${status}: ${head.startLine}`);
    return status;
  }

  #isDuplicated(head: HttpHead): boolean {
    const { duplicateRequests } = this.#party.plan;
    if (!duplicateRequests?.methods.includes(head.method)) return false;
    return this.#random.chance(duplicateRequests.probability);
  }

  #finish(): void {
    if (this.#exchange) this.#exchange.answered = true;
    this.#changed.ring();
  }
}
