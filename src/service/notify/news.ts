/** Decides the messages to the owner of a vault: one when a trouble begins, and one when it ends. Pure. */
import type { VaultHealth } from '../../app/app.ts'
import { formatCount } from '../../events.ts'
import { DAY } from '../../flow/clock.ts'
import { copyTrouble } from '../../operations/copy/standing.ts'
import { formatBytes } from '../../progress/format.ts'
import type { TaskKind } from '../tasks.ts'

/** The kinds of trouble. */
export type TroubleKind =
  | 'settings'
  | 'sign-in'
  | 'destination'
  | 'incomplete'
  | 'brake'
  | 'error'
  /** Files that are missing or damaged in the vault. */
  | 'damage'
  /** Files that are missing or damaged, and that SmugMug has no more. */
  | 'lost'
  /** A disk that will not suffice. */
  | 'disk'
  /** No backup for days. */
  | 'silence'
  /** A further copy that lags, is damaged, or is held by its brake. */
  | 'copy'

/** The facts after a task, or at a look in between. */
export interface Facts {
  /** Milliseconds since 1970. */
  readonly now: number
  /** The task that has just ended. */
  readonly task?: {
    readonly kind: TaskKind
    /** Absent if a signal ended it. */
    readonly exitCode?: number
    readonly message?: string
    readonly hint?: string
    /** Bytes that it needed, and bytes that were free, when it began. */
    readonly forecast?: { readonly needs: number; readonly free: number }
  }
  readonly standing:
    | { readonly kind: 'known'; readonly health: Pick<VaultHealth, 'status'> }
    | { readonly kind: 'trouble'; readonly exitCode: number; readonly message: string; readonly hint?: string }
  /** Is a backup due that the trouble of the standing keeps from beginning? */
  readonly isMissed?: boolean
  /** Did the newest verification find records, checksum files or the past damaged? The standing counts none of these. */
  readonly hasOwnDamage?: boolean
  /** When the last backup ended that held something, of all that the settings choose; in milliseconds since 1970. */
  readonly lastGood?: number
}

/** A trouble that was reported and is not over. */
export interface Trouble {
  readonly kind: TroubleKind
  /** Milliseconds since 1970. */
  readonly since: number
}

/** Different troubles can be open at once: one of the backups, one that keeps them from beginning, and one of each other kind. */
const SLOTS = ['backup', 'missed', 'damage', 'lost', 'disk', 'silence', 'copy'] as const
type Slot = (typeof SLOTS)[number]

/** The troubles that are open, and when the first look was taken. */
export interface Reported {
  readonly since: number
  /** When the last good backup was that a look saw, in milliseconds since 1970: the vault itself may be away at the next one. */
  readonly lastGood?: number
  readonly open: Readonly<Partial<Record<Slot, Trouble>>>
  /** The end of a backup whose news went out nowhere. Perhaps no other one follows: after a refused sign-in the service waits for a person. */
  readonly owed?: Owed
}

/** The end of a backup, and when it was looked at, in milliseconds since 1970. */
export interface Owed {
  readonly now: number
  readonly task: NonNullable<Facts['task']>
}

/** One message, in words for people. */
export interface News {
  readonly kind: TroubleKind | 'backup' | 'fleet' | 'test'
  readonly state: 'began' | 'ended' | 'done'
  readonly title: string
  readonly text: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** The wishes of the owner. */
export interface Wishes {
  readonly silentDays: number
  /** Each backup that ended well is reported, too. */
  readonly success: boolean
}

/** The result of a look. */
export interface Look {
  readonly news: readonly News[]
  /** The troubles that are open once all news are out. */
  readonly reported: Reported
  /** Returns the same where some of the news went out nowhere: the next look finds those again, and not the others. */
  without(unsent: readonly News[]): Reported
}

/** Compares the facts with the open troubles. */
export function newsOf(reported: Reported, facts: Facts, wishes: Wishes): Look {
  const lastGood = facts.lastGood ?? reported.lastGood
  const now: Readonly<Record<Slot, Finding | 'none' | 'unknown'>> = {
    backup: backupFinding(reported, facts),
    missed: missedFinding(reported, facts),
    damage: damageFinding(facts),
    lost: lostFinding(facts),
    disk: diskFinding(facts),
    copy: copyFinding(facts),
    silence: silenceFinding(lastGood ?? reported.since, facts, wishes),
  }
  const open: Partial<Record<Slot, Trouble>> = {}
  const bySlot = new Map<Slot, News>()
  for (const slot of SLOTS) {
    const before = reported.open[slot]
    const finding = now[slot]
    if (finding === 'unknown') {
      if (before !== undefined) open[slot] = before
    } else if (finding === 'none') {
      if (before !== undefined) bySlot.set(slot, endOf(before, facts))
    } else if (before?.kind === finding.kind) open[slot] = before
    else {
      open[slot] = { kind: finding.kind, since: facts.now }
      bySlot.set(slot, beginningOf(finding, facts))
    }
  }
  const news = [...bySlot.values()]
  if (wishes.success && news.length === 0 && facts.task?.kind === 'backup' && facts.task.exitCode === 0) news.push(successOf(facts))
  const next: Reported = { since: reported.since, ...(lastGood !== undefined && { lastGood }), open }
  const without = (unsent: readonly News[]): Reported => {
    if (unsent.length === 0) return next
    const owed = [...bySlot].flatMap(([slot, each]) => (unsent.includes(each) ? [slot] : []))
    const kept = Object.entries(open).filter(([slot]) => !owed.includes(slot as Slot))
    const before = Object.entries(reported.open).filter(([slot]) => owed.includes(slot as Slot))
    return { ...reported, ...next, open: Object.fromEntries([...kept, ...before]) }
  }
  return { news, reported: next, without }
}

interface Finding {
  readonly kind: TroubleKind
  readonly text: string
  readonly hint?: string | undefined
}

const BY_CODE: Readonly<Record<number, readonly [kind: TroubleKind, words: string]>> & { readonly 5: readonly [TroubleKind, string] } = {
  2: ['settings', 'No backup can run, because the settings are wrong.'],
  3: ['incomplete', 'The backup has ended, but not everything could be brought in. The next one tries again.'],
  4: ['sign-in', 'SmugMug refuses the sign-in: no backup can run until that is mended.'],
  5: ['destination', 'The folder of the backup cannot be used.'],
  7: ['brake', 'The backup has stopped to ask you: far more than usual would vanish or be replaced.'],
}

/** Judges the backup that has ended. One that was interrupted, or gave way to another run, says nothing. */
function backupFinding(reported: Reported, { task, standing }: Facts): Finding | 'none' | 'unknown' {
  if (task?.kind !== 'backup') return isMendedByHand(reported, standing) ? 'none' : 'unknown'
  const { exitCode, message, hint } = task
  if (exitCode === 0) return 'none'
  if (exitCode === 6 || exitCode === 130) return 'unknown'
  const [kind, words] = BY_CODE[exitCode ?? 1] ?? ['error', 'The backup has ended with an unexpected error.']
  return { kind, text: joined(words, message), hint }
}

/** Judges a backup that could not even begin, unless an earlier one has met the same trouble: that was reported. */
function missedFinding({ open }: Reported, { task, standing, isMissed }: Facts): Finding | 'none' | 'unknown' {
  if (standing.kind === 'known') return 'none'
  const { exitCode, message, hint } = standing
  const [kind, words] = BY_CODE[exitCode] ?? BY_CODE[5]
  if (isMissed !== true || task !== undefined || open.backup?.kind === kind) return 'unknown'
  return { kind, text: joined(words, message), hint }
}

/** Did a run that a person started end well since the trouble began? */
function isMendedByHand({ open }: Reported, standing: Facts['standing']): boolean {
  if (open.backup === undefined || standing.kind !== 'known') return false
  const { exitCode, lastRun } = standing.health.status
  return exitCode === 0 && lastRun?.exitCode === 0 && lastRun.startedAt > open.backup.since
}

/** Judges the files that a backup fetches or writes again. The truth decides, and not the end of a task: a backup that ends well may have mended none. */
function damageFinding({ standing, hasOwnDamage }: Facts): Finding | 'none' | 'unknown' {
  if (standing.kind === 'trouble') return 'unknown'
  const { damaged, unreadable } = standing.health.status.missing
  if (damaged + unreadable > 0) {
    return {
      kind: 'damage',
      text: `${formatCount(damaged + unreadable, 'file')} in the vault ${damaged + unreadable === 1 ? 'is' : 'are'} missing or damaged.`,
      hint: 'The next backup fetches each one again that SmugMug still has. Look after the disk: smugmug-backup verify reads every file.',
    }
  }
  if (hasOwnDamage !== true) return 'none'
  return {
    kind: 'damage',
    text: "Files of the vault's own are missing or damaged: records, checksum files or the past.",
    hint: 'Look after the disk: smugmug-backup verify names each one, and its cure.',
  }
}

/** Judges the files that SmugMug has no more: they stay lost after a backup that ends well. */
function lostFinding({ standing }: Facts): Finding | 'none' | 'unknown' {
  if (standing.kind === 'trouble') return 'unknown'
  const { vanishedLost } = standing.health.status
  if (vanishedLost === 0) return 'none'
  return {
    kind: 'lost',
    text: `The vault has lost ${formatCount(vanishedLost, 'item')} that SmugMug cannot give again.`,
    hint: 'A backup takes such a file from a copy of the vault that has it; else put it back yourself. smugmug-backup verify names it.',
  }
}

function diskFinding({ task }: Facts): Finding | 'none' | 'unknown' {
  if (task?.forecast === undefined) return 'unknown'
  const { needs, free } = task.forecast
  if (needs <= free) return 'none'
  return {
    kind: 'disk',
    text: `The disk will be full before everything is held: about ${formatBytes(needs)} are needed, and ${formatBytes(free)} are free.`,
    hint: 'Make room there, or use a larger disk.',
  }
}

function silenceFinding(last: number, { now }: Facts, { silentDays }: Wishes): Finding | 'none' {
  if (now - last < silentDays * DAY) return 'none'
  const days = Math.floor((now - last) / DAY)
  return { kind: 'silence', text: `Nothing has been backed up for ${formatCount(days, 'day')}.` }
}

function copyFinding({ standing }: Facts): Finding | 'none' | 'unknown' {
  if (standing.kind === 'trouble') return 'unknown'
  const texts = (standing.health.status.copies ?? []).flatMap((copy) => copyTrouble(copy) ?? [])
  if (texts.length === 0) return 'none'
  return { kind: 'copy', text: texts.join(' '), hint: 'Look after its disk, then run smugmug-backup copy: it says what is wrong.' }
}

const TITLES: Readonly<Record<TroubleKind, string>> = {
  settings: 'SmugMug backup: the settings are wrong',
  'sign-in': 'SmugMug backup: the sign-in is refused',
  destination: 'SmugMug backup: the folder cannot be used',
  incomplete: 'SmugMug backup: not everything is held',
  brake: 'SmugMug backup: stopped to ask you',
  error: 'SmugMug backup: an unexpected error',
  damage: 'SmugMug backup: damaged files',
  lost: 'SmugMug backup: lost files',
  disk: 'SmugMug backup: the disk is too small',
  silence: 'SmugMug backup: no backup for days',
  copy: 'SmugMug backup: a copy needs you',
}

/** The longest message, in characters: Discord takes 2,000. */
const LONGEST = 1800

const beginningOf = ({ kind, text, hint }: Finding, facts: Facts): News => ({
  kind,
  state: 'began',
  title: TITLES[kind],
  text: cut(joined(text, hint, standingText(facts))),
  at: facts.now,
})

const endOf = ({ kind }: Trouble, facts: Facts): News => ({
  kind,
  state: 'ended',
  title: `${TITLES[kind]} (over)`,
  text: cut(joined('This trouble is over.', standingText(facts))),
  at: facts.now,
})

const successOf = (facts: Facts): News => ({
  kind: 'backup',
  state: 'done',
  title: 'SmugMug backup: done',
  text: cut(joined('The backup has ended well.', facts.task?.message, standingText(facts))),
  at: facts.now,
})

const standingText = ({ standing }: Facts): string | undefined => (standing.kind === 'known' ? standing.health.status.message : undefined)

/** Joins sentences, each of them once. */
const joined = (...sentences: readonly (string | undefined)[]): string =>
  [...new Set(sentences.filter((sentence) => sentence !== undefined && sentence !== ''))].join(' ')

/** Returns a text of at most `most` characters. */
export const cut = (text: string, most = LONGEST): string => (text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`)
