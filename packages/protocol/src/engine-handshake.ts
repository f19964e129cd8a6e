import * as failures from "./failure-rows.ts";
import type { ProtocolFailure } from "./failures.ts";
import { isJsonObject } from "./json-object.ts";

/** What the open packet tells the client. Durations are milliseconds, `maxPayload` counts bytes. */
export interface EngineHandshake {
  sid: string;
  upgrades: string[];
  pingInterval: number;
  pingTimeout: number;
  maxPayload: number;
}

const MAX_SID = 256;
const MAX_UPGRADES = 16;

/** A longer delay wraps round to an immediate timer in every JavaScript host. */
const MAX_DELAY = 2_147_483_647;

/** Servers from before the field existed send none; this was their default limit. */
const DEFAULT_MAX_PAYLOAD = 1_000_000;

/** Writes the five fields and nothing else that the object may carry. */
export function encodeEngineHandshake(handshake: EngineHandshake): string {
  const { sid, upgrades, pingInterval, pingTimeout, maxPayload } = handshake;
  return JSON.stringify({ sid, upgrades, pingInterval, pingTimeout, maxPayload });
}

/** Reads the data of an open packet. The server is not trusted: a delay no timer can hold is a failure. */
export function decodeEngineHandshake(json: string): EngineHandshake | ProtocolFailure {
  const value = parse(json);
  if (!isJsonObject(value)) return failures.invalid_handshake;
  const { sid, upgrades, pingInterval, pingTimeout, maxPayload = DEFAULT_MAX_PAYLOAD } = value;
  if (!isSid(sid) || !isUpgrades(upgrades)) return failures.invalid_handshake;
  if (!isDelay(pingInterval) || !isDelay(pingTimeout) || !isSize(maxPayload)) return failures.invalid_handshake;
  return { sid, upgrades, pingInterval, pingTimeout, maxPayload };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isSid(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= MAX_SID;
}

function isUpgrades(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= MAX_UPGRADES && value.every((name) => typeof name === "string");
}

function isDelay(value: unknown): value is number {
  return isSize(value) && value <= MAX_DELAY;
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}
