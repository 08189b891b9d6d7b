import { dirname, join } from 'node:path'
import type { Report } from '../operations/backup/report/report.ts'
import type { Outcome } from '../operations/outcome.ts'
import type { CommandResult } from './command.ts'

/** Adds to the end of a run the places of the photos and, if something was out of order, of the report. A dry run has neither. */
export const withPlaces = (destination: string | undefined, outcome: Outcome & Pick<Report, 'path'>): CommandResult => {
  if (destination === undefined || outcome.path === undefined) return outcome
  const hasExceptions = outcome.exitCode !== 0 || outcome.problems.length > 0
  return {
    ...outcome,
    reports: join(destination, dirname(outcome.path)),
    ending: [`Your photos: ${destination}`, ...(hasExceptions ? [`Report: ${join(destination, outcome.path)}`] : [])],
  }
}
