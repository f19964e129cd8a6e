// Accepting clients
export type { CorsOptions } from "./cors.ts";
export { defaultLog } from "./default-log.ts";
export {
  AdmissionRefusal,
  type EngineCode,
  type FailureReason,
  TRANSPORT_FAILURES,
  TransportFailure,
} from "./failures.ts";
export type { HandshakeDetails } from "./handshake-details.ts";
export { Listener } from "./listener.ts";
export type { ListenerOptions } from "./listener-options.ts";
export type { ListenerStatistics } from "./listener-statistics.ts";
export type { Middleware } from "./middlewares.ts";
export type { OriginPolicy } from "./origin.ts";
// Sessions
export { OutgoingPacket } from "./outgoing-packet.ts";
export type { LogEntry } from "./refusal-log.ts";
export type { SendOptions, Session, SessionHandler, SessionState } from "./session.ts";
export type { CookieOptions } from "./session-cookie.ts";
export type { TransportName } from "./transport.ts";
