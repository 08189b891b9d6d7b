/** A note of each local page that is open, in the user's state folder: a second `web` finds the first one by it. */
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isObject } from '../model.ts'
import { marksPath } from '../vault/home/mark.ts'
import { readSmallFile, replaceSmallFile } from '../vault/home/small-file.ts'

/** The way to an open page. */
export interface ServerNote {
  readonly url: string
  /** Lets another process of this user ask for a fresh address. The file is readable for this user alone. */
  readonly control: string
}

type Env = Readonly<Record<string, string | undefined>>

/** Returns the path of the note about a subject: the path of a vault, or of a configuration; undefined without a state folder. */
const pathOf = (env: Env, subject: string): string | undefined => {
  const marks = marksPath(env)
  return marks && join(dirname(marks), 'web', `${createHash('sha256').update(subject).digest('hex').slice(0, 32)}.json`)
}

/** Does the system refuse a file? Then only the finding of a second page is lost. */
const isRefused = (error: unknown): boolean => error instanceof Error && ('syscall' in error || / is no file$/.test(error.message))

/** Notes an open page. */
export function noteServer(env: Env, subject: string, note: ServerNote): void {
  const path = pathOf(env, subject)
  if (path === undefined) return
  try {
    replaceSmallFile(path, `${JSON.stringify(note)}\n`)
  } catch (error) {
    if (!isRefused(error)) throw error
  }
}

/** Reads the note about a subject; undefined if there is none. The page may have ended since. */
export function readServer(env: Env, subject: string): ServerNote | undefined {
  const path = pathOf(env, subject)
  if (path === undefined) return undefined
  try {
    const found: unknown = JSON.parse(readSmallFile(path) ?? 'null')
    if (!isObject(found) || typeof found.url !== 'string' || typeof found.control !== 'string') return undefined
    return { url: found.url, control: found.control }
  } catch (error) {
    if (error instanceof SyntaxError || isRefused(error)) return undefined
    throw error
  }
}

/** Removes the note of a page that ends, unless another one stands there now. */
export function forgetServer(env: Env, subject: string, note: ServerNote): void {
  const path = pathOf(env, subject)
  if (path === undefined || readServer(env, subject)?.control !== note.control) return
  try {
    rmSync(path, { force: true })
  } catch (error) {
    if (!isRefused(error)) throw error
  }
}
