/** Small notes about a subject (a vault, a configuration) that this machine keeps in the user's state folder. */
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { marksPath } from '../vault/home/mark.ts'
import { readSmallFile, replaceSmallFile } from '../vault/home/small-file.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The kinds of notes: open pages, and reported troubles. */
export interface NotePlace {
  readonly kind: 'web' | 'reported'
  readonly env: Env
  /** The path of a vault, or of a configuration. */
  readonly subject: string
}

/** Returns the path of a note; undefined without a state folder. */
const pathOf = ({ kind, env, subject }: NotePlace): string | undefined => {
  const marks = marksPath(env)
  return marks && join(dirname(marks), kind, `${createHash('sha256').update(subject).digest('hex').slice(0, 32)}.json`)
}

/** Does the system refuse a file? Then only the convenience of the note is lost. */
const isRefused = (error: unknown): boolean => error instanceof Error && ('syscall' in error || / is no file$/.test(error.message))

/** Writes a note, readable for this user alone. There is none if the system refuses it. */
export function writeNote(place: NotePlace, value: object): void {
  const path = pathOf(place)
  if (path === undefined) return
  try {
    replaceSmallFile(path, `${JSON.stringify(value)}\n`)
  } catch (error) {
    if (!isRefused(error)) throw error
  }
}

/** Reads a note as it was parsed; undefined if there is none that can be read. */
export function readNote(place: NotePlace): unknown {
  const path = pathOf(place)
  if (path === undefined) return undefined
  try {
    return JSON.parse(readSmallFile(path) ?? 'null') ?? undefined
  } catch (error) {
    if (error instanceof SyntaxError || isRefused(error)) return undefined
    throw error
  }
}

/** Removes a note. */
export function removeNote(place: NotePlace): void {
  const path = pathOf(place)
  if (path === undefined) return
  try {
    rmSync(path, { force: true })
  } catch (error) {
    if (!isRefused(error)) throw error
  }
}
