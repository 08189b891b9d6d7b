import { dirname } from 'node:path'
import { fileAt } from '../flow/file-at.ts'
import type { Report } from '../operations/backup/report/report.ts'
import type { Outcome } from '../operations/outcome.ts'
import type { CommandResult } from './command.ts'

/** Adds to the end of a run the places of the photos and, if something was out of order, of the report. A dry run has neither, nor a refused request (2). */
export const withPlaces = (destination: string | undefined, outcome: Outcome & Pick<Report, 'path'>): CommandResult => {
  if (destination === undefined || outcome.path === undefined || outcome.exitCode === 2) return outcome
  const hasExceptions = outcome.exitCode !== 0 || outcome.problems.length > 0
  return {
    ...outcome,
    reports: fileAt(destination, dirname(outcome.path)),
    ending: [`Your photos: ${destination}`, ...(hasExceptions ? [`Report: ${fileAt(destination, outcome.path)}`] : [])],
  }
}
