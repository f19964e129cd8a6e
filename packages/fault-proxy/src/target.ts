import { FaultOptionError, Fields } from "./fields.ts";

/** Where a proxy forwards to. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** @throws FaultOptionError for what cannot be connected to: later it would be too late to tell */
export function checkTarget({ host, port }: Target): Target {
  const fields = new Fields("target", { host, port }, "host");
  if (host === "") throw new FaultOptionError("target: host is empty");
  return { host, port: fields.integer("port", { min: 1, max: 65_535 }) };
}
