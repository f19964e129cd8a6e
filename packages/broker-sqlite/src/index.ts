export { openSqliteLog, type SqliteLogOptions } from "./open-sqlite-log.ts";
export type { SqliteLog, SqliteLogStats } from "./sqlite-log.ts";
