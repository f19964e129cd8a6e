import { randomBytes } from "node:crypto";
import type { Session } from "@everwire/transport";

/**
 * The id of a new socket of a session. In revision 4 it is 120 random bits in 20 characters of the URL-safe alphabet, and
 * says nothing of the session. A client of revision 3 does not ask: it takes the session's id for "/" and puts the name of
 * any other namespace in front. Whoever learns that id can act for the session (docs/protocol/revision-3.md, "Ids").
 */
export function socketIdFor(session: Session, namespace: string): string {
  if (session.revision === 4) return randomBytes(15).toString("base64url");
  return namespace === "/" ? session.id : `${namespace}#${session.id}`;
}
