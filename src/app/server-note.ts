/** A note of each local page that is open, in the user's state folder: a second `web` finds the first one by it. */
import { createHash } from 'node:crypto'
import { isObject } from '../model.ts'
import { readNote, removeNote, writeNote } from './state-note.ts'

/** The way to an open page. */
export interface ServerNote {
  readonly url: string
  /** Lets another process of this user ask for a fresh address. The file is readable for this user alone. */
  readonly control: string
}

/** Returns a print of the destination of a vault, by which a page says whether it belongs to that vault without a word of its path. */
export const printOfVault = (destination: string): string =>
  createHash('sha256')
    .update(destination.replace(/(?<=[^/\\])[/\\]+$/, ''))
    .digest('hex')

type Env = Readonly<Record<string, string | undefined>>

/** Notes an open page. */
export function noteServer(env: Env, subject: string, note: ServerNote): void {
  writeNote({ kind: 'web', env, subject }, note)
}

/** Reads the note about a subject: the path of a vault, or of a configuration; undefined if there is none. The page may have ended since. */
export function readServer(env: Env, subject: string): ServerNote | undefined {
  const found = readNote({ kind: 'web', env, subject })
  if (!isObject(found) || typeof found.url !== 'string' || typeof found.control !== 'string') return undefined
  return { url: found.url, control: found.control }
}

/** Removes the note of a page that ends, unless another one stands there now. */
export function forgetServer(env: Env, subject: string, note: ServerNote): void {
  if (readServer(env, subject)?.control === note.control) removeNote({ kind: 'web', env, subject })
}
