import type { Problem } from '../../events.ts'
import { formatCount } from '../../events.ts'
import { stopwatch } from '../../flow/clock.ts'
import { noTotals } from '../../model.ts'
import type { TwinJob } from './run.ts'
import type { TwinOutcome } from './twin.ts'

/**
 * Removes every file that a twin wrote and that is still as it was written. A file that a person has changed since stays, and is named.
 * The index goes first: a twin that is half removed must not look whole.
 */
export async function removeTwin(job: Pick<TwinJob, 'files' | 'target' | 'emit' | 'clock' | 'signal'>): Promise<TwinOutcome> {
  const { files, target, emit, clock, signal } = job
  const elapsed = stopwatch(clock)
  const problems: Problem[] = []
  const report = (problem: Problem): void => {
    problems.push(problem)
    emit({ event: 'problem', problem })
  }
  let written = 0
  let seen = 0
  const total = files.count()
  for (const path of files.paths()) {
    signal.throwIfAborted()
    if (seen % 100 === 0) emit({ event: 'progress', done: seen, total: Math.max(seen, total), unit: 'files' })
    seen += 1
    let isRefused = false
    const refused = (name: string, reason: string): void => {
      isRefused = true
      report({ kind: 'failed', name, reason })
    }
    if (await files.remove(path, refused)) written += 1
    else if (!isRefused) report({ kind: 'notice', name: path, reason: 'it was changed since the twin wrote it: it stays' })
  }
  const isWhole = problems.every(({ kind }) => kind === 'notice')
  return {
    exitCode: isWhole ? 0 : 3,
    message:
      written === 0 && isWhole
        ? `There is no twin in ${target.location}.`
        : `The twin in ${target.location} is removed${isWhole ? '' : ' in part'}: ${formatCount(written, 'file')}.`,
    totals: { ...noTotals, durationMs: elapsed() },
    problems,
    written,
  }
}
