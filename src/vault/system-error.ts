import { platform } from 'node:os'
import { getSystemErrorMessage } from 'node:util'

/** A failed system call, as Node reports it. */
export type SystemError = Error & { readonly code: string; readonly errno: number; readonly syscall: string }

/** Did the operating system refuse a call? */
export const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'

/**
 * [Note: errors without a name] Node has no name for some error numbers: it reports `code: 'Unknown system error -122'` for a full quota.
 * The numbers differ from system to system; the words are for people.
 */
const UNNAMED: Readonly<Record<string, { readonly linux: number; readonly darwin?: number; readonly words: string }>> = {
  EDQUOT: { linux: 122, darwin: 69, words: 'quota exceeded' },
  ESTALE: { linux: 116, darwin: 70, words: 'stale file handle of a network disk' },
  ENOLCK: { linux: 37, darwin: 77, words: 'no locks available' },
  EUCLEAN: { linux: 117, words: 'the file system needs to be repaired' },
  EREMOTEIO: { linux: 121, words: 'remote i/o error' },
  ENOMEDIUM: { linux: 123, words: 'no medium found' },
  EMEDIUMTYPE: { linux: 124, words: 'wrong medium type' },
  ENOKEY: { linux: 126, words: 'the key of an encrypted folder is missing' },
  EKEYEXPIRED: { linux: 127, words: 'the key of an encrypted folder has expired' },
  EBADMSG: { linux: 74, darwin: 94, words: 'the bytes on the disk do not agree with their checksum' },
  ECOMM: { linux: 70, words: 'communication error' },
  ENOLINK: { linux: 67, darwin: 97, words: 'the link to the network disk was severed' },
  ESHUTDOWN: { linux: 108, darwin: 58, words: 'the network disk was shut down' },
  EHOSTDOWN: { linux: 112, darwin: 64, words: 'the host is down' },
}

const byNumber: ReadonlyMap<number, string> = new Map(
  Object.entries(UNNAMED).flatMap(([code, { linux, darwin }]) => {
    const number = platform() === 'darwin' ? darwin : platform() === 'linux' ? linux : undefined
    return number === undefined ? [] : [[number, code] as const]
  }),
)

/** Returns the error's name, such as `ENOSPC`, also where Node knows only its number. See: [Note: errors without a name] */
export const codeOf = (error: SystemError): string =>
  error.code.startsWith('E') ? error.code : (byNumber.get(Math.abs(error.errno)) ?? error.code)

/** Is it one of these system errors? */
export const hasCode = (error: unknown, ...codes: readonly string[]): boolean => isSystemError(error) && codes.includes(codeOf(error))

/** Says in the system's own words why a call failed, such as `permission denied (EACCES)`. */
export const describe = (error: unknown): string => {
  if (!isSystemError(error)) return String(error)
  const code = codeOf(error)
  // Node's own refusals (`rm` of a folder) have the number without its sign.
  const words = UNNAMED[code]?.words ?? getSystemErrorMessage(-Math.abs(error.errno)) ?? 'unknown error'
  return `${words} (${code})`
}

/**
 * Does the disk say that it cannot flush at all (some network disks, FUSE)? It then flushes when it likes, and the program goes on. A disk
 * that tried and failed says EIO.
 */
export const cannotFlush = (error: unknown): boolean =>
  hasCode(error, 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'ENOTTY', 'EPERM', 'EACCES', 'EBADF')
