// Accepting clients

export {
  AdmissionRefusal,
  type EngineCode,
  type FailureReason,
  TRANSPORT_FAILURES,
  TransportFailure,
} from "./failures.ts";
export type { AllowAnswer, AllowRequest } from "./http/allow-request.ts";
export type { CorsOptions } from "./http/cors.ts";
export type { HandshakeDetails } from "./http/handshake-details.ts";
export { networkOf } from "./http/handshake-rate.ts";
export type { Middleware } from "./http/middlewares.ts";
export type { OriginPolicy } from "./http/origin.ts";
export type { CookieOptions } from "./http/session-cookie.ts";
export { Listener, type RequestRefusal } from "./listener/listener.ts";
export type { ListenerStatistics } from "./listener/listener-statistics.ts";
// Sessions
export { OutgoingPacket } from "./packet/outgoing-packet.ts";
export { defaultLog } from "./session/default-log.ts";
export type { ListenerOptions } from "./session/listener-options.ts";
export type { LogEntry } from "./session/refusal-log.ts";
export type { SendOptions, Session, SessionHandler, SessionState } from "./session/session.ts";
export type { TransportName } from "./transport.ts";
