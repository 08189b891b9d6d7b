import { isAbsolute, resolve } from 'node:path'
import { ConfigurationError } from '../errors.ts'

/** The folders around the program. Either may be missing: a user without an entry in /etc/passwd, a folder deleted in the meantime. */
export interface Surroundings {
  /** The user's home folder. */
  readonly home: string | undefined
  /** The working folder. */
  readonly cwd: string | undefined
}

/** Makes a person's path absolute. Throws `ConfigurationError` when it is relative and there is no working folder. */
export const absolutePath = (cwd: string | undefined, path: string): string => {
  if (cwd !== undefined) return resolve(cwd, path)
  if (isAbsolute(path)) return path
  throw new ConfigurationError(`The path ${path} is relative, but the folder that the program was started in is gone.`, {
    hint: 'Give the path from the root on, or start the program in another folder.',
  })
}
