// Sockets with a contract

export { ContractEmitter, type ContractListener, ContractSocket, contract } from "./contract-socket.ts";

// Refusals

export { type EventError, type EventIssue, type EventRefusalCode, EventRefused } from "@everwire/protocol/contract";
