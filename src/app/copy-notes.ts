/** The notes about the further copies of a vault, in its home: known also while a copy is away. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type { CopySettings } from '../config/copy-settings.ts'
import type { Settings } from '../config/settings.ts'
import { type CopyFacts, type CopyStanding, copyStanding } from '../operations/copy/standing.ts'
import { EXIT_CODE } from '../operations/read-report.ts'
import { inHome } from '../vault/home/home.ts'
import { readSmallFile, replaceSmallFile } from '../vault/home/small-file.ts'
import { COUNT, parseJson, RecordError, TIME } from '../vault/record/read-json.ts'
import { isSystemError } from '../vault/system-error.ts'

const FACTS = v.object({
  since: TIME,
  current: v.exactOptional(v.object({ at: TIME, files: COUNT, proven: v.exactOptional(TIME) })),
  tries: v.array(v.object({ at: TIME, exitCode: EXIT_CODE, message: v.string() })),
})

const pathOf = (home: string, name: string): string => join(inHome(home, 'copies'), `${name.toLowerCase()}.json`)

/** Reads the note about a copy; undefined if there is none that can be read. */
export function readCopyFacts(home: string, name: string): CopyFacts | undefined {
  try {
    const text = readSmallFile(pathOf(home, name))
    return text === undefined ? undefined : (parseJson(text, FACTS) as CopyFacts)
  } catch (error) {
    if (!(error instanceof RecordError || isSystemError(error))) throw error
    return undefined
  }
}

/**
 * Writes the note about a copy. A home that is gone, or cannot be written, costs only the note: the error is returned. Nothing is made in the
 * place of a disk that went away meanwhile.
 */
export function writeCopyFacts(home: string, name: string, facts: CopyFacts): Error | undefined {
  try {
    statSync(home)
    replaceSmallFile(pathOf(home, name), `${JSON.stringify(facts, undefined, 1)}\n`)
    return undefined
  } catch (error) {
    return error as Error
  }
}

/** Returns how the copies of a vault stand. */
export const copyStandings = (
  settings: Settings,
  { home, now }: { readonly home: string; readonly now: number },
): readonly CopyStanding[] => settings.copies.map((copy: CopySettings) => copyStanding(copy, readCopyFacts(home, copy.name), now))
