import type { ExitCode } from '../errors.ts'
import type { Event } from '../events.ts'
import { formatCount, formatNumber } from '../events.ts'
import { formatBytes, formatBytesOf, formatClock, formatCountdown, formatDuration, formatPercent } from './format.ts'
import type { Outage, Wait } from './obstacles.ts'
import type { RunView } from './run-view.ts'

/** Returns `43% of 12.3 MB`, or only the amount when the size is unknown. */
export const amountOf = (received: number, size: number | undefined): string => {
  if (size === undefined || size === 0) return formatBytes(received)
  return received === 0 ? formatBytes(size) : `${Math.min(100, Math.floor((received / size) * 100))}% of ${formatBytes(size)}`
}

/** Returns the current phase, in words, while nothing is transferred. */
export const phaseOf = (view: RunView): string | undefined => {
  const isListed = view.albums.total !== undefined
  const reading = !isListed && (view.operation === 'backup' || view.operation === 'list')
  const phase = view.phase === undefined ? undefined : (STEPS[view.phase]?.doing ?? view.phase)
  return phase ?? (isListed ? lookOf(view) : undefined) ?? (reading ? 'Reading the list of albums' : undefined)
}

/** Returns the count of a look at the vault's own files, which a backup does besides. */
const lookOf = ({ progress }: RunView): string | undefined =>
  progress === undefined ? undefined : `Looking at what is in the vault: ${countText(progress)}`

const countText = ({ done, unit }: NonNullable<RunView['progress']>): string =>
  unit === 'bytes' ? formatBytes(done) : `${formatNumber(done)} ${unit}`

/** Returns the progress of a run in its one measure, `58.9 of 195 MB (30 %)`; undefined before anything is known. */
export const progressOf = (view: RunView): string | undefined => {
  const { progress, work } = view
  if (view.albums.total === undefined && progress !== undefined) return measured(progress)
  if (work !== undefined) {
    if (work.isLeast) return formatBytesOf(work.done, work.total).replace(' of ', ' of at least ')
    return `${formatBytesOf(work.done, work.total)} (${formatPercent(work.done, work.total)})`
  }
  return undefined
}

const measured = (progress: NonNullable<RunView['progress']>): string => {
  const { done, total, unit } = progress
  if (total === undefined || total < done) return countText(progress)
  const of = unit === 'bytes' ? formatBytesOf(done, total) : `${formatNumber(done)} of ${formatNumber(total)} ${unit}`
  return `${of} (${formatPercent(done, total)})`
}

/** Returns a wait with its end and the seconds that are left: `Waiting until 12:53 (28 s): api.smugmug.com: too many requests`. */
export const waitText = ({ reason, untilMs }: Wait, now: number): string =>
  `Waiting until ${formatClock(untilMs, now)} (${formatCountdown(untilMs - now)}): ${reason}`

/** Returns an outage as `SmugMug does not answer (503): try 4 of 7`. */
export const outageText = ({ host, status, reason, attempt, most }: Outage): string => {
  const tries = `try ${attempt}${most === undefined ? '' : ` of ${Math.max(most, attempt)}`}`
  return status === undefined || status < 300 ? `${host} ${reason}: ${tries}` : `SmugMug does not answer (${status}): ${tries}`
}

/** The state of a run, for its colour only. */
export type Tone = 'good' | 'warning' | 'bad'

/** Returns the tone of an exit code. */
export const tone = (exitCode: ExitCode): Tone => {
  if (exitCode === 0) return 'good'
  return exitCode === 3 || exitCode === 7 || exitCode === 130 ? 'warning' : 'bad'
}

/** A step of a verification: its words while it goes on, the title of its end, and the words for what it found. */
interface StepWords {
  readonly doing: string
  readonly title: string
  readonly noun?: string
  readonly right: string
  readonly wrong?: string
}

const STEPS: Readonly<Record<string, StepWords>> = {
  'catalogue sound': { doing: 'Checking the catalogue', title: 'Catalogue', right: 'sound', wrong: 'damaged' },
  'records as they were written': {
    doing: 'Reading the records of the albums',
    title: 'Records of albums',
    noun: 'record',
    right: 'as written',
    wrong: 'missing or changed',
  },
  'checksum files as they were written': {
    doing: 'Reading the checksum files',
    title: 'Checksum files',
    noun: 'file',
    right: 'as written',
    wrong: 'missing or changed',
  },
  'every file present': {
    doing: 'Looking for every file',
    title: 'Present',
    noun: 'file',
    right: 'in place',
    wrong: 'missing or of another size',
  },
  'bytes as they were proven': { doing: 'Reading every file again', title: 'Checksums', noun: 'file', right: 'right', wrong: 'damaged' },
  'nothing foreign': { doing: 'Looking for foreign files', title: 'Foreign files', right: 'none' },
  'same as on SmugMug': {
    doing: 'Comparing with SmugMug',
    title: 'Compared with SmugMug',
    noun: 'item',
    right: 'the same',
    wrong: 'missing or different',
  },
}

const SHOWN_DURATION = 1000

/** Returns the end of a step in plain words, `Checksums: 3,000 files right`, with its time if that was noticeable. */
export const stepText = ({ name, checked, found, durationMs }: Extract<Event, { event: 'step' }>): string => {
  const words = STEPS[name]
  const time = durationMs < SHOWN_DURATION ? '' : `, ${formatDuration(durationMs)}`
  if (words === undefined) return `${name}: ${formatNumber(checked)} checked, ${formatNumber(found)} found${time}`
  const { title, noun, right, wrong } = words
  const counted = noun === undefined ? '' : `${formatCount(checked, noun)} `
  if (found === 0) return `${title}: ${counted}${right}${time}`
  const part = noun === undefined && wrong !== undefined ? '' : formatNumber(found)
  return `${title}: ${[part, noun === undefined ? '' : `of ${counted.trim()}`, wrong ?? ''].filter((each) => each !== '').join(' ')}${time}`
}
