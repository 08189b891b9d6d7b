import { IntegrityError, RequestError, type ServiceError } from '../errors.ts'
import type { RecordError } from '../vault/record/read-json.ts'
import { StorageError } from '../vault/storage/storage.ts'

/** A trouble in a photographer's words, equal for equal causes, and the facts behind it. */
export interface Plain {
  readonly reason: string
  /** Paths, hosts, hashes, status codes. Absent when the reason says everything. */
  readonly detail?: string
  /** No run can mend it: a person must, as the reason says. */
  readonly needsYou?: true
}

/** Says what an error means for the one item, file or album that it concerns. */
export function plain(error: RequestError | ServiceError | IntegrityError | StorageError): Plain {
  if (error instanceof RequestError) return withDetail(error.reason, error.message)
  if (error instanceof IntegrityError) return withDetail(error.message, difference(error))
  if (error instanceof StorageError)
    return { ...withDetail(plainRefusal(error), error.message), ...(error.inTheWay && { needsYou: true as const }) }
  return withDetail(error.message, undefined)
}

/** Puts words before a plain trouble: `its record could not be written: permission denied`. */
export const prefixed = (what: string, { reason, ...more }: Plain): Plain => ({ reason: `${what}: ${reason}`, ...more })

/** Says that a record cannot be read, and why; `what` are the words for the first of these. */
export const unreadableRecord = (error: RecordError | StorageError, what = 'cannot be read'): Plain =>
  error instanceof StorageError ? prefixed(what, plain(error)) : { reason: what, detail: error.message }

/** Adds what will mend the trouble. */
export const cured = ({ reason, ...more }: Plain, cure: string): Plain => ({ reason: `${reason}; ${cure}`, ...more })

const withDetail = (reason: string, detail: string | undefined): Plain =>
  detail === undefined || detail === reason ? { reason } : { reason, detail }

/** Says how the bytes differ from those that SmugMug announced. */
const difference = ({ expected, found, times }: IntegrityError): string => {
  const name = /^[0-9a-f]{32}$/.test(expected) ? 'MD5 ' : ''
  return `${name}${found} where ${expected} was promised${times > 1 ? `, ${times} times` : ''}`
}

/** Returns a message with `it` in place of the path: of the path as it stands by itself, not in another word or path. */
export const withoutPath = ({ message, path }: StorageError): string =>
  path === '' ? message : message.replaceAll(new RegExp(`(?<![\\p{L}\\p{N}/])${RegExp.escape(path)}(?![\\p{L}\\p{N}/])`, 'gu'), 'it')

/** Returns the disk's refusal without the path, the size and the system's code, which differ from file to file. */
function plainRefusal(error: StorageError): string {
  return withoutPath(error)
    .replace(/^Could not [^:]*\bit\b[^:]*: (?=.)/, '')
    .replace(/^it \([\d.]+ \w+\)/, 'it')
    .replace(/ \([A-Z0-9]+\)$/, '')
}

/** A file that is not sealed, in a sealed vault. */
export const UNSEALED: Plain = { reason: 'not sealed: anybody who gets at the vault can read it; it is left alone' }
