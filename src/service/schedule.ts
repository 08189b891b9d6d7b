/** The turns of the service: pure, from the settings, the runs that were and the present moment. */
import { createHash } from 'node:crypto'
import { nextMoment } from '../config/next-moment.ts'
import { formatCount } from '../events.ts'
import { DAY, HOUR, MINUTE } from '../flow/clock.ts'
import { formatDuration } from '../progress/format.ts'

/** The operations that the service runs. Of several that are due the first one here comes first. */
export const TURNS = ['backup', 'verify', 'copy', 'prune', 'twin'] as const
export type TurnKind = (typeof TURNS)[number]

/** The settings that the turns depend on. */
export interface Times {
  /** Milliseconds from one backup to the next; `never` for backups by hand. */
  readonly every?: number | 'never' | undefined
  /** The moments of backups, in place of `every`, as cron has them. */
  readonly schedule?: string | undefined
  /** The days in which every file is read again; 0 for never. */
  readonly verifyDays: number
  /** True if the trash, the history or the versions are kept for some time only. */
  readonly prunes: boolean
  /** True if each backup brings the twin up to date. */
  readonly twin: boolean
  /** True if the vault has further copies. */
  readonly copies?: boolean
}

/** One run of an operation: noted in the vault, or started by the service and refused before the vault could note it. */
export interface Try {
  readonly kind: TurnKind
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Absent for a run that was killed. */
  readonly endedAt?: number | undefined
  /** Absent for a run that was killed. */
  readonly exitCode?: number | undefined
  /** True if a person stopped it. */
  readonly isStopped?: boolean | undefined
  /** The print of the settings that it ran with; absent for a run of before the service started. */
  readonly print?: string | undefined
  /** The reason that it gave, for people. */
  readonly message?: string | undefined
  /** Did a verification find damage that the one before it had not found? Absent: not known. */
  readonly hasNewDamage?: boolean | undefined
}

/** The facts that the turns follow from. */
export interface Facts {
  /** Milliseconds since 1970, as the machine's clock has it: it may have jumped. */
  readonly now: number
  /** The moment from which a first backup may begin. */
  readonly firstAt: number
  readonly times: Times
  /** A print of the present settings: they differ in it when anything was changed. */
  readonly print: string
  /** The runs over all of the vault, in their order, newest first, whatever the clock showed. */
  readonly tries: readonly Try[]
  /** Spreads the turns of many services: the same one has the same moments. */
  readonly seed: string
}

/** A turn that comes. */
export interface Turn {
  readonly kind: TurnKind
  /** Milliseconds since 1970; not later than now: it is due. */
  readonly at: number
  /** Completes "A backup begins: …". */
  readonly why: string
}

/** An operation that waits for a person, or for a changed setting. */
export interface Halted {
  readonly kind: TurnKind
  readonly exitCode: number
  /** The end of the run that was refused, in milliseconds since 1970. */
  readonly since: number
  readonly message?: string | undefined
}

/** The turns that come. */
export interface Plan {
  /** The first of them; absent if none is ever due. */
  readonly next?: Turn
  /** The next backup, due or not. */
  readonly backup?: Turn
  readonly halted: readonly Halted[]
  /** The moment since which a backup that ended well is overdue. */
  readonly overdueSince?: number
}

/** Tries after the first, for a run that did not end well. */
const RETRIES = 3

/** Milliseconds until a backup is tried again in which something failed. */
const AFTER_FAILURE = HOUR

/** Milliseconds until a run goes on that was interrupted. */
const AFTER_INTERRUPTION = 10 * MINUTE

/** The exit codes that a further run alone would meet again: configuration, sign-in, the brake. */
const HALTING: ReadonlySet<number> = new Set([2, 4, 7])

/** A clock that shows less than this before the last run may only have been corrected. */
const CORRECTION = MINUTE

/** A slice of a verification follows the backup that comes between these times after the last slice, in milliseconds; else it comes after a day. */
const [SLICE_LEAST, SLICE_MOST] = [12 * HOUR, 36 * HOUR]

/** A prune believes the clock no longer than this after the last backup. */
const PRUNES_WITHIN = 30 * DAY

/** Decides which turn comes next, when and why. */
export function plan(facts: Facts): Plan {
  const halted = TURNS.flatMap((kind) => haltOf(facts, kind))
  const isHalted = (kind: TurnKind): boolean => halted.some((each) => each.kind === kind)
  const backup = isHalted('backup') ? undefined : backupTurn(facts)
  const others = [verifyTurn(facts, backup), copyTurn(facts), pruneTurn(facts, backup), twinTurn(facts)]
  const turns = [backup, ...others].filter((turn) => turn !== undefined && !isHalted(turn.kind)) as Turn[]
  const due = turns.find(({ at }) => at <= facts.now)
  const next = due ?? turns.toSorted((a, b) => a.at - b.at)[0]
  const overdueSince = overdueOf(facts)
  return {
    ...(next !== undefined && { next }),
    ...(backup !== undefined && { backup }),
    halted,
    ...(overdueSince !== undefined && { overdueSince }),
  }
}

const triesOf = ({ tries }: Facts, kind: TurnKind): readonly Try[] => tries.filter((each) => each.kind === kind)

/** The end of a run; of one that was killed its start is all that is known. */
const endOf = ({ startedAt, endedAt }: Try): number => endedAt ?? startedAt

/** Was it broken off by anything but a person? */
const isBroken = ({ exitCode, isStopped }: Try): boolean => (exitCode === undefined || exitCode === 130) && isStopped !== true

/** Has the clock been set back since this run? Then nothing can be reckoned from its times. Only waits follow from its end. */
const isAhead = (last: Try, now: number): boolean => last.startedAt > now + CORRECTION || endOf(last) > now + AFTER_FAILURE

function haltOf(facts: Facts, kind: TurnKind): readonly Halted[] {
  const [last] = triesOf(facts, kind)
  if (last?.exitCode === undefined || !HALTING.has(last.exitCode) || last.print !== facts.print) return []
  // One copy that waits for a person must not keep the others behind.
  if (kind === 'copy' && last.exitCode !== 2) return []
  return [{ kind, exitCode: last.exitCode, since: endOf(last), message: last.message }]
}

function backupTurn(facts: Facts): Turn | undefined {
  const { now, times, firstAt } = facts
  const { every, schedule } = times
  const turn = (at: number, why: string): Turn => ({ kind: 'backup', at, why })
  if (every === 'never' || (every === undefined && schedule === undefined)) return undefined
  const backups = triesOf(facts, 'backup')
  const [last] = backups
  if (last === undefined) return turn(firstAt, 'there is none yet')
  if (isAhead(last, now)) return turn(now, 'the clock was set back since the last one')
  if (last.exitCode !== undefined && HALTING.has(last.exitCode))
    return turn(now, 'the settings were changed, or the program was started anew')
  // Damage that was found before has outlasted a backup: another one would not mend it either.
  const found = facts.tries.find(
    (each) => each.kind === 'backup' || (each.kind === 'verify' && each.exitCode === 3 && each.hasNewDamage !== false),
  )
  if (found?.kind === 'verify') return turn(now, 'a verification found damage')
  const again = retryOf(backups)
  const at = regularAfter(facts, baseOf(backups))
  return again !== undefined && (at === undefined || again.at < at)
    ? turn(again.at, again.why)
    : at === undefined
      ? undefined
      : turn(at, timesWords(times))
}

const timesWords = ({ every }: Times): string => (typeof every === 'number' ? `every ${formatDuration(every)}` : 'as the schedule says')

/** Returns when a run that did not end well is tried again, out of its turn. */
function retryOf(tries: readonly Try[]): { readonly at: number; readonly why: string } | undefined {
  const [last] = tries
  if (last === undefined) return undefined
  const inARow = (isSo: (each: Try) => boolean): number => {
    const end = tries.findIndex((each) => !isSo(each))
    return end < 0 ? tries.length : end
  }
  if (isBroken(last))
    return inARow(isBroken) <= RETRIES ? { at: endOf(last) + AFTER_INTERRUPTION, why: 'the last one was interrupted' } : undefined
  const { exitCode, kind } = last
  const why = `the last one ended with exit code ${exitCode}`
  // The disk may come back at any time, and nothing can be done until then.
  if (exitCode === 5) return { at: endOf(last) + AFTER_FAILURE, why }
  if (exitCode === 3 && kind === 'backup' && inARow((each) => each.exitCode === 3) <= RETRIES)
    return { at: endOf(last) + AFTER_FAILURE, why }
  return undefined
}

/** Returns the start of the last run that came in its turn: those after it were its further tries. One that began before its moment for that came in a turn of its own. */
function baseOf(tries: readonly Try[]): number {
  let base = tries[0]?.startedAt ?? 0
  for (const [index, before] of tries.slice(1, 1 + RETRIES).entries()) {
    const after = tries[index]
    const again = retryOf(tries.slice(index + 1))
    if (after === undefined || again === undefined || before.startedAt > base) break
    if (after.startedAt < again.at || after.startedAt > again.at + AFTER_INTERRUPTION) break
    base = before.startedAt
  }
  return base
}

/** Returns the next regular moment after a run that began at `base`; undefined if there is none. */
function regularAfter({ times: { every, schedule }, seed }: Facts, base: number): number | undefined {
  if (typeof every === 'number') return base + every + Math.round(jitter(every, `${seed} ${base}`) - widthOf(every) / 2)
  const at = schedule === undefined ? undefined : nextMoment(schedule, base)
  if (schedule === undefined || at === undefined) return undefined
  return at + Math.round(jitter((nextMoment(schedule, at) ?? at) - at, `${seed} ${at}`))
}

/** The longest jitter, in milliseconds. */
const MOST_JITTER = 10 * MINUTE

const widthOf = (period: number): number => Math.min(MOST_JITTER, period / 20)

/** Returns a part of a twentieth of the period, at most ten minutes: many services must not ask SmugMug in the same second. */
const jitter = (period: number, seed: string): number =>
  (widthOf(period) * createHash('sha256').update(seed).digest().readUInt32BE()) / 2 ** 32

function verifyTurn(facts: Facts, backup: Turn | undefined): Turn | undefined {
  const { now, times } = facts
  const turn = (at: number, why = `every file within ${formatCount(times.verifyDays, 'day')}`): Turn => ({ kind: 'verify', at, why })
  const lastBackup = triesOf(facts, 'backup').find(({ exitCode }) => exitCode === 0 || exitCode === 3)
  if (times.verifyDays === 0 || lastBackup === undefined) return undefined
  const verifies = triesOf(facts, 'verify')
  const [last] = verifies
  if (last === undefined) return turn(now)
  if (isAhead(last, now)) return turn(now, 'the clock was set back since the last one')
  const again = retryOf(verifies)
  if (again !== undefined) return turn(again.at, again.why)
  const least = last.startedAt + SLICE_LEAST
  if (lastBackup.startedAt >= least && !isAhead(lastBackup, now)) return turn(now)
  const follows = backup !== undefined && backup.at <= last.startedAt + SLICE_MOST
  return turn(follows ? Math.max(least, backup.at) : last.startedAt + DAY)
}

/** The copies follow each backup that brought something; one whose disk was away is tried again by the hour. */
function copyTurn(facts: Facts): Turn | undefined {
  const { now, times } = facts
  const lastBackup = triesOf(facts, 'backup').find(({ exitCode }) => exitCode === 0 || exitCode === 3)
  if (times.copies !== true || lastBackup === undefined) return undefined
  const copies = triesOf(facts, 'copy')
  const [last] = copies
  const turn = (at: number, why: string): Turn => ({ kind: 'copy', at, why })
  if (last === undefined) return turn(now, 'there was none since the service started')
  if (isAhead(last, now)) return turn(now, 'the clock was set back since the last one')
  // One that came while the copies were brought up to date stands before them, yet its photos may be in none.
  const isLater = lastBackup.startedAt >= last.startedAt && !isAhead(lastBackup, now)
  if (isLater || facts.tries.indexOf(lastBackup) < facts.tries.indexOf(last)) return turn(now, 'a backup has ended')
  const again = retryOf(copies)
  return again && turn(again.at, again.why)
}

/** A backup that ends well prunes by itself. Between two that are far apart a day of the past may end. */
function pruneTurn(facts: Facts, backup: Turn | undefined): Turn | undefined {
  const [lastBackup] = triesOf(facts, 'backup')
  const [lastPrune] = triesOf(facts, 'prune')
  if (!facts.times.prunes || lastBackup?.exitCode !== 0) return undefined
  const prunedAt = lastPrune === undefined || isAhead(lastPrune, facts.now) ? 0 : lastPrune.startedAt
  const at = Math.max(lastBackup.startedAt, prunedAt) + DAY
  if (
    (backup !== undefined && backup.at <= at + DAY / 2) ||
    at + HOUR > lastBackup.startedAt + PRUNES_WITHIN ||
    isAhead(lastBackup, facts.now)
  )
    return undefined
  const why = backup === undefined ? 'no backup comes by itself' : 'the next backup is more than half a day away'
  return { kind: 'prune', at, why }
}

/** A backup that ends in order brings the twin up to date by itself; one that was halted may have brought photos all the same. */
function twinTurn(facts: Facts): Turn | undefined {
  const last = facts.tries.find(({ kind }) => kind === 'backup' || kind === 'twin')
  if (!facts.times.twin || last?.kind !== 'backup' || last.exitCode !== 7) return undefined
  return { kind: 'twin', at: facts.now, why: 'the last backup did not come to it' }
}

/** The least and the most time after its moment until a backup is called overdue, in milliseconds. */
const [GRACE_LEAST, GRACE_MOST] = [5 * MINUTE, 6 * HOUR]

/** Returns the moment since which a backup that ended well is missing; undefined while there is time. */
function overdueOf(facts: Facts): number | undefined {
  const { now, firstAt, times } = facts
  const { every, schedule } = times
  const good = triesOf(facts, 'backup').find(({ exitCode }) => exitCode === 0)
  const base = good === undefined || isAhead(good, now) ? firstAt : good.startedAt
  if (typeof every !== 'number' && schedule === undefined) return undefined
  const at = typeof every === 'number' ? base + every : nextMoment(schedule ?? '', base)
  if (at === undefined) return undefined
  const period = typeof every === 'number' ? every : (nextMoment(schedule ?? '', at) ?? at + DAY) - at
  const since = at + Math.min(GRACE_MOST, Math.max(GRACE_LEAST, period / 2))
  return now > since ? at : undefined
}
