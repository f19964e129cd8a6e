/** Version of the file's layout, kept in `PRAGMA user_version`. A file with a higher one is refused. */
export const SCHEMA_VERSION = 1;

/**
 * The tables. Names and texts are plain, so that an operator can read the file with any SQLite tool.
 * `records` is clustered by topic and offset: a page of history is one walk along the tree.
 */
export const SCHEMA: readonly string[] = [
  // The one row holds the secret from which the epochs of topics are derived.
  "CREATE TABLE store (id INTEGER PRIMARY KEY CHECK (id = 1), secret TEXT NOT NULL)",
  `CREATE TABLE topics (
     id INTEGER PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     epoch TEXT NOT NULL,
     head INTEGER NOT NULL,
     first INTEGER NOT NULL,
     bytes INTEGER NOT NULL
   )`,
  `CREATE TABLE records (
     topic INTEGER NOT NULL,
     offset INTEGER NOT NULL,
     id TEXT NOT NULL,
     content_type TEXT NOT NULL,
     headers TEXT NOT NULL,
     time INTEGER NOT NULL,
     size INTEGER NOT NULL,
     checksum INTEGER NOT NULL,
     data BLOB NOT NULL,
     PRIMARY KEY (topic, offset)
   ) WITHOUT ROWID`,
  // Without an index on the key: the window is held in memory and read once, when the file is opened.
  `CREATE TABLE keys (
     sequence INTEGER PRIMARY KEY,
     topic INTEGER NOT NULL,
     key TEXT NOT NULL,
     offset INTEGER NOT NULL,
     id TEXT NOT NULL,
     time INTEGER NOT NULL,
     at REAL NOT NULL
   )`,
];

/**
 * Inserts a batch's records in one call: ?1 is a JSON array of rows, ?2 the data of all of them end to end. A part of an
 * empty blob is NULL in SQLite, hence the coalesce.
 */
export const INSERT_RECORDS = `
  INSERT INTO records (topic, offset, id, content_type, headers, time, size, checksum, data)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
         coalesce(substr(?2, value ->> 8, value ->> 9), x'')
  FROM json_each(?1)`;

/** Inserts a batch's idempotency keys: ?1 is a JSON array of rows. */
export const INSERT_KEYS = `
  INSERT INTO keys (sequence, topic, key, offset, id, time, at)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6 FROM json_each(?1)`;

export const SAVE_TOPIC = `
  INSERT INTO topics (id, name, epoch, head, first, bytes) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET head = excluded.head, first = excluded.first, bytes = excluded.bytes`;
