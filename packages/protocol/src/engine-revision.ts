/**
 * A revision of Engine.IO, and with it one of the protocol above: 4 carries Socket.IO 5, 3 carries Socket.IO 4, which
 * clients of Socket.IO 1.x and 2.x speak (docs/protocol/revision-3.md).
 */
export type EngineRevision = 3 | 4;
