import { dirname } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { fileAt } from '../flow/file-at.ts'
import type { Report } from '../operations/backup/report/report.ts'
import type { Outcome } from '../operations/outcome.ts'
import type { CommandResult } from './command.ts'

/** Returns the path of one of our own files as it lies in the vault: in a sealed one it is opened with `age`. */
export const asItLies = (path: string, { encryptionRecipients }: Settings): string =>
  encryptionRecipients.length === 0 ? path : `${path}.age`

/** Adds to the end of a run the places of the photos and, if something was out of order, of the report. A dry run has neither, nor a refused request (2). */
export const withPlaces = (settings: Settings, outcome: Outcome & Pick<Report, 'path'>): CommandResult => {
  const { destination } = settings
  if (destination === undefined || outcome.path === undefined || outcome.exitCode === 2) return outcome
  const hasExceptions = outcome.exitCode !== 0 || outcome.problems.length > 0
  return {
    ...outcome,
    reports: fileAt(destination, dirname(outcome.path)),
    ending: [`Your photos: ${destination}`, ...(hasExceptions ? [`Report: ${fileAt(destination, asItLies(outcome.path, settings))}`] : [])],
  }
}
