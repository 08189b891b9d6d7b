import type { TwinSchema } from './twin-database.ts'

/** The column `mtime` holds the change mark: a whole number where that is a time. Memories of twins are older than its name. */
const SCHEMA = `
  CREATE TABLE written (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, next TEXT, size INTEGER, mtime INTEGER) WITHOUT ROWID;
  CREATE INDEX written_unsure ON written (path) WHERE next IS NOT NULL;
`

/** The two that remember which files they wrote. */
export type Writer = 'twin' | 'handover'

/** Describes the memory of a twin or a handover at a path. */
export const schemaOf = (path: string, writer: Writer): TwinSchema => ({
  path,
  name: `The memory of the ${writer}`,
  harmless: 'Your photos are not affected.',
  cure: `Remove it: the next \`smugmug-backup ${writer}\` makes it anew.`,
  version: 1,
  sql: SCHEMA,
  pragmas: 'PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; PRAGMA cache_size = -4000',
})

/** The names of data files and of pictures. */
const NAMED_BY_HASH = /\.[0-9a-f]{10}\.js$|\/[0-9a-f]{32}\.[a-z]+$/

/** Is this the name of a file that no person would give: a hash? Such a file is written anew, if it is damaged. */
export const isNamedByHash = (path: string): boolean => NAMED_BY_HASH.test(path)
