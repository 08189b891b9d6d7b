import { formatCount, type Problem } from '../../events.ts'
import type { Report } from '../backup/report/report.ts'
import type { Standing } from '../outcome.ts'
import { isOpen, openWords } from './open.ts'
import type { LeaveOutcome } from './outcome.ts'
import type { WrittenCertificate } from './write.ts'

/** Must the look end with this backup? It was stopped, or did not see the account: to read every file again would prove nothing. */
export const endsTheLook = ({ exitCode, error }: Report): boolean => error !== undefined || (exitCode !== 0 && exitCode !== 3)

/** The next step after a look that was stopped. */
const AGAIN = 'Run `smugmug-backup leave` again: it goes on where it stopped.'

/** Ends a look whose backup did not see the whole account. */
export function endedEarly(report: Report): LeaveOutcome {
  const { exitCode, message, error, totals, problems, standing } = report
  const hint = exitCode === 130 ? AGAIN : report.hint
  const ending: readonly Problem[] = exitCode === 130 || exitCode === 7 ? [] : [{ kind: 'failed', reason: message }]
  return {
    exitCode,
    message,
    ...(hint !== undefined && { hint }),
    ...(error !== undefined && { error }),
    totals,
    problems,
    open: [...problems.filter(isOpen), ...ending],
    toDo: [],
    ...(standing !== undefined && { standing }),
  }
}

/** The three steps of a look, and the standing after them. */
export interface EndedLook {
  readonly report: Report
  readonly problems: readonly Problem[]
  readonly durationMs: number
  readonly standing: Standing
}

/** Ends a look that was stopped while the files were read again. */
export const interrupted = ({ report, problems, durationMs, standing }: EndedLook): LeaveOutcome => ({
  exitCode: 130,
  message: 'Interrupted before every file was read again: nothing is certified. Everything finished is kept.',
  hint: AGAIN,
  totals: { ...report.totals, durationMs },
  problems,
  open: [],
  toDo: [],
  standing,
})

/** Ends a look with its certificate. */
export function concluded({ report, problems, durationMs, standing }: EndedLook, { certificate, path }: WrittenCertificate): LeaveOutcome {
  const { open, toDo, reread } = certificate
  const isWhole = open.length === 0
  const known = new Set(problems.map((problem) => JSON.stringify(problem)))
  const held = standing.held === 0 ? 'the account holds no items' : `all ${formatCount(standing.held, 'item')} of the account are held`
  return {
    exitCode: isWhole ? 0 : 3,
    message: isWhole
      ? `Nothing is open: ${held}, and ${formatCount(reread.files, 'file')} were read again, each right to the last byte.`
      : `Do not close the account yet: ${openWords(open.length)}.`,
    hint: isWhole
      ? 'Tick off the list before you close the account: nobody but you can do these.'
      : 'Mend the things that are named, then run `smugmug-backup leave` again.',
    totals: { ...report.totals, durationMs },
    // Trouble that only the standing knows is named among the others.
    problems: [...problems, ...open.filter((problem) => !known.has(JSON.stringify(problem)))],
    open,
    toDo,
    certificate: path,
    standing,
  }
}
