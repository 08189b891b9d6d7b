import type { ExitCode } from '../errors.ts'
import type { Event } from '../events.ts'
import { formatCount, formatNumber } from '../events.ts'
import { formatBytes, formatClock, formatCountdown, formatDuration } from './format.ts'
import { countText, measureText } from './measure.ts'
import type { Outage, Wait } from './obstacles.ts'
import type { RunView } from './run-view.ts'

/** Returns `43% of 12.3 MB`, or only the amount when the size is unknown. */
export const amountOf = (received: number, size: number | undefined): string => {
  if (size === undefined || size === 0) return formatBytes(received)
  return received === 0 ? formatBytes(size) : `${Math.min(100, Math.floor((received / size) * 100))}% of ${formatBytes(size)}`
}

/** Returns the current phase, in words, while nothing is transferred: `Making thumbnails: 12 of 340 items (3 %)`. */
export const phaseOf = (view: RunView): string | undefined => {
  const { aside, endsAt } = view
  const isListed = view.albums.total !== undefined
  const reading = !isListed && LISTING.has(view.operation)
  const phase = view.phase === undefined ? undefined : (STEPS[view.phase]?.doing ?? capitalized(view.phase))
  const doing = phase ?? (aside !== undefined ? besides(view) : reading ? 'Reading the list of albums' : undefined)
  if (doing === undefined) return undefined
  const until = endsAt === undefined ? '' : `, until ${formatClock(endsAt, view.now())} at most`
  // Without a phase of its own it goes on beside the main measure, and a second percent would contradict that.
  const count = aside === undefined ? '' : `: ${phase === undefined ? countText(aside) : measureText(aside)}`
  return `${doing}${count}${until}`
}

/** Returns a text with a capital letter at its beginning. */
export const capitalized = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

const LISTING: ReadonlySet<string> = new Set(['backup', 'list', 'adopt'])

/** Returns the words for that which a backup or an adoption counts besides. */
const besides = ({ operation }: RunView): string =>
  operation === 'adopt' ? 'Reading the files of the folder' : 'Looking at what is in the vault'

/** The words for an operation: while it goes on, and the noun for a run of it. */
interface OperationWords {
  readonly doing: string
  readonly noun: string
}

const OPERATIONS: Readonly<Record<string, OperationWords>> = {
  backup: { doing: 'Backing up', noun: 'backup' },
  list: { doing: 'Listing', noun: 'listing' },
  status: { doing: 'Looking', noun: 'look' },
  verify: { doing: 'Verifying', noun: 'verification' },
  export: { doing: 'Exporting', noun: 'export' },
  adopt: { doing: 'Adopting', noun: 'adoption' },
  copy: { doing: 'Copying', noun: 'update of the copies' },
  proof: { doing: 'Comparing', noun: 'comparison' },
  rebuild: { doing: 'Rebuilding', noun: 'rebuild' },
  twin: { doing: 'Making the twin', noun: 'update of the twin' },
  restore: { doing: 'Restoring', noun: 'restore' },
  checkout: { doing: 'Checking out', noun: 'checkout' },
  diff: { doing: 'Comparing', noun: 'comparison' },
  prune: { doing: 'Thinning out the past', noun: 'thinning out of the past' },
  handover: { doing: 'Preparing the handover', noun: 'handover' },
  leave: { doing: 'Taking the last look', noun: 'last look' },
  login: { doing: 'Signing in', noun: 'sign-in' },
}

/** Returns the words for an operation that goes on: `Backing up`. */
export const doingOf = (operation: string): string => OPERATIONS[operation]?.doing ?? 'Working'

/** Returns the noun for a run of an operation: `backup`, `last look`; `run` for one that is not known. */
export const nounOf = (operation: string | undefined): string => OPERATIONS[operation ?? '']?.noun ?? 'run'

/** Returns a noun with its article: `a backup`, `an adoption`. */
export const withArticle = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`

/** Returns the beginning of a sentence about a run of an operation: `A backup`, `An adoption`. */
export const runOf = (operation: string | undefined): string => capitalized(withArticle(nounOf(operation)))

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
  'the past can be read': {
    doing: 'Reading the past',
    title: 'Past',
    noun: 'file',
    right: 'readable',
    wrong: 'damaged',
  },
  'every file present': {
    doing: 'Looking for every file',
    title: 'Present',
    noun: 'file',
    right: 'in place',
    wrong: 'missing or damaged',
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
  if (noun !== undefined && checked + found === 0) return `${title}: none checked${time}`
  if (found === 0) return `${title}: ${counted}${right}${time}`
  const part = noun === undefined && wrong !== undefined ? '' : formatNumber(found)
  return `${title}: ${[part, noun === undefined ? '' : `of ${counted.trim()}`, wrong ?? ''].filter((each) => each !== '').join(' ')}${time}`
}
