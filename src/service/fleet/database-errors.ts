/** Errors of PostgreSQL and pg-boss, as people and exit codes have them. */
import { AppError, ConfigurationError, ServiceError } from '../../errors.ts'

/** Codes of PostgreSQL for a user, a password or a database that is refused, and the words for each. */
const REFUSED: Readonly<Record<string, string>> = {
  '28P01': 'The database refuses the password.',
  28000: 'The database refuses the user.',
  '3D000': 'There is no such database on the server.',
  42501: 'The user may not do that in the database.',
}

/** Codes of PostgreSQL for tables that are missing. */
const UNPREPARED: ReadonlySet<string> = new Set(['3F000', '42P01', '42703'])

const NOT_PREPARED = /pg-boss is not installed|is not the latest version|schema version|database requires migrations/i

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

/** Codes of PostgreSQL for a question that was broken off in favour of another one: it changed nothing, and is to be asked again. */
const GAVE_WAY: ReadonlySet<string> = new Set(['40001', '40P01'])

/** Was a question broken off because another one wanted the same rows in another order? */
export const hasGivenWay = (error: unknown): boolean => GAVE_WAY.has(codeOf(error))

/** Returns an error of the database as people and exit codes have it; a bug as it is. */
export function explained(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error
  const code = codeOf(error)
  const refused = REFUSED[code]
  const hint = 'Check database under [fleet], or SMGMG_BK_FLEET_DATABASE.'
  if (refused !== undefined) return new ConfigurationError(refused, { cause: error, hint })
  if (code === '23505' && /one_vault_each/.test(error.message)) {
    return new ConfigurationError('A destination is that of another account, which the file does not name.', {
      cause: error,
      hint: 'Give each account a destination of its own; nothing was changed.',
    })
  }
  if (UNPREPARED.has(code) || NOT_PREPARED.test(error.message)) {
    return new ConfigurationError('The database is not prepared for this version of the program.', {
      cause: error,
      hint: 'Run `smugmug-backup fleet init` once.',
    })
  }
  if (isAway(error, code)) {
    return new ServiceError(`The database of the fleet cannot be reached: ${wordsOf(error)}.`, {
      cause: error,
      hint: ANSWERED.get(code) ?? ANSWERED.get(code.slice(0, 2)) ?? `${hint} Is PostgreSQL running?`,
    })
  }
  return error
}

/** Codes of PostgreSQL that come while it starts, stops, has no connection or room left, or is hindered by its owner or its system. */
const AWAY = /^(08|53|57|58|25006)/

/** Hints for codes by which PostgreSQL itself says what is wrong: it runs, and its address is right. */
const ANSWERED: ReadonlyMap<string, string> = new Map([
  ['53', 'It runs, but lacks connections, memory or room on its disk. A worker takes up to four connections: compare max_connections.'],
  ['58', 'It runs, but its system hinders it: look at its log.'],
  ['57014', 'It runs, but took too long: perhaps another program holds its tables.'],
  ['25', 'It runs, but takes no changes: is it a standby, or read-only?'],
])

const isAway = (error: Error, code: string): boolean =>
  error instanceof AggregateError ||
  AWAY.test(code) ||
  'syscall' in error ||
  /^(E[A-Z]+|ENOTFOUND)$/.test(code) ||
  /timeout|timed out|Connection terminated|Client has encountered a connection error|not queryable|Database connection is not opened|SSL/i.test(
    error.message,
  )

/** Returns the reason of an error without an address. */
export function wordsOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error
  const text = first instanceof Error ? first.message : String(first)
  return text.replace(/\.$/, '')
}
