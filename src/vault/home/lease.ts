import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { DestinationError, VaultBusyError } from '../../errors.ts'
import { type Clock, MINUTE, stopwatch } from '../../flow/clock.ts'
import { makeFoldersSync } from '../../flow/make-folders.ts'
import { isObject } from '../../model.ts'
import { termOf } from '../generations.ts'
import { layout } from '../layout.ts'
import type { Bucket, BucketObject } from '../storage/s3/bucket.ts'
import type { Holder } from './lock.ts'
import { readSmallFile, replaceSmallFile } from './small-file.ts'

/** A lease that was not renewed for that time has ended, by the server's clock. */
const ENDS_AFTER = 5 * MINUTE
/** The holder counts as having lost it earlier: clocks and connections differ. */
const DOUBTED_AFTER = 4 * MINUTE
/** Tries to be alone, while others try as well. */
const TRIES = 4

/** The facts that a lease needs. */
export interface LeaseFacts {
  readonly bucket: Bucket
  /** The beginning of the vault's keys. */
  readonly prefix: string
  /** For people: `s3://bucket/prefix`. */
  readonly location: string
  /** The home of the vault on this computer, which this process has locked. */
  readonly home: string
  readonly holder: Holder
  readonly clock: Clock
}

/** The right to change a vault in a bucket, for as long as it is renewed. */
export interface Lease {
  /**
   * Throws `DestinationError` if the lease may have ended. Asks the server if that is in doubt by the clocks of this computer: it slept, one of them
   * was set, or the server was away.
   */
  readonly check: () => Promise<void>
  /** The term of this lease: it sorts after those of all leases before. See: [Note: generations] */
  readonly term: string
  release(): Promise<void>
}

/** The objects of a vault's leases. */
interface Locks {
  readonly folder: string
  /** The beginning of the names that this computer gives. */
  readonly own: string
}

/**
 * Makes this computer the only one that changes a vault in a bucket: it puts an object of its own beside those of others, and goes on only if no
 * other is there. No condition on a request is relied on, because servers ignore those silently. The object is put anew each minute. Throws
 * `VaultBusyError` if another computer holds the vault. Leases that dead processes of this computer left are removed at once, those of others five
 * minutes after they were renewed last.
 */
export async function takeLease(facts: LeaseFacts): Promise<Lease> {
  const folder = `${facts.prefix}${layout.locks}/`
  const locks = { folder, own: `${folder}${readKnown(facts).id}-` }
  const name = randomUUID()
  for (let left = TRIES; ; left -= 1) {
    const claim = await putClaim(facts, locks, `${locks.own}${name}`)
    const [other] = claim.others
    if (other === undefined) {
      const term = termOf(await timeNoted(facts, claim), name)
      return { ...hold(facts, locks, claim), term }
    }
    await facts.bucket.remove([claim.key])
    if (left === 1) throw await busy(facts, other)
    await facts.clock.sleep(200 + Math.random() * 1800)
  }
}

/** Puts the object. Returns a function that returns its age in milliseconds, which counts from before that. */
async function put({ bucket, holder, clock }: LeaseFacts, key: string): Promise<() => number> {
  const age = stopwatch(clock)
  await bucket.put(key, Buffer.from(`${JSON.stringify(holder, null, 2)}\n`))
  return age
}

/** An own object that was put, and the others that stood beside it. */
interface Claim {
  readonly key: string
  /** Returns its age in milliseconds. */
  age(): number
  /** The server's time, in milliseconds since 1970. */
  readonly now: number
  /** The leases of other computers that have not ended. */
  readonly others: readonly BucketObject[]
  /** The keys of the leases that have ended, or were this computer's: they are removed. */
  readonly removed: readonly string[]
}

/** Puts an object, and looks at those beside it. Nobody waits for one that was put in vain. */
async function putClaim(facts: LeaseFacts, locks: Locks, key: string): Promise<Claim> {
  const age = await put(facts, key)
  try {
    return { key, age, ...(await besides(facts, locks, key)) }
  } catch (error) {
    await facts.bucket.remove([key]).catch(() => undefined)
    throw error
  }
}

/** Notes the time of a lease that was just put. Nobody waits for one whose time the disk of the home does not take. */
async function timeNoted(facts: LeaseFacts, { key, now }: Claim): Promise<number> {
  try {
    return timeOfLease(facts, now)
  } catch (error) {
    await facts.bucket.remove([key]).catch(() => undefined)
    throw error
  }
}

async function besides({ bucket }: LeaseFacts, { folder, own }: Locks, key: string): Promise<Pick<Claim, 'now' | 'others' | 'removed'>> {
  const now = await bucket.serverTime()
  const others: BucketObject[] = []
  const removed: string[] = []
  for await (const { objects } of bucket.list({ prefix: folder })) {
    for (const object of objects) {
      // Other programs make objects with a slash at the end of their names, to show a folder.
      if (object.key === key || object.key.endsWith('/')) continue
      // The lock of the home shows that no other process of this computer holds the vault.
      const isDead = object.key.startsWith(own) || now - object.modified > ENDS_AFTER
      if (isDead) removed.push(object.key)
      else others.push(object)
    }
  }
  if (removed.length > 0) await bucket.remove(removed)
  return { now, others, removed }
}

function hold(facts: LeaseFacts, locks: Locks, first: Pick<Claim, 'key' | 'age'>): Omit<Lease, 'term'> {
  const { bucket, clock, location } = facts
  const released = new AbortController()
  let { key, age } = first
  let isLost = false
  /** False while the object is put, and after that failed: it may then stand in the place of one that another computer has removed. */
  let isProof = true
  let asking: Promise<void> | undefined
  const isInDoubt = (): boolean => age() > DOUBTED_AFTER

  /** Asks whether nobody has taken the lease: its object still stands beside a new one, which takes its place, and there is no other. */
  const ask = async (): Promise<void> => {
    if (!isProof) {
      isLost = true
      return
    }
    const claim = await putClaim(facts, locks, `${locks.own}${randomUUID()}`)
    isLost ||= claim.others.length > 0 || !claim.removed.includes(key)
    if (isLost) await bucket.remove([claim.key])
    else ({ key, age } = claim)
  }
  const askOnce = (): Promise<void> => {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }
  const putAgain = async (): Promise<void> => {
    isProof = false
    age = await put(facts, key)
    isProof = !isInDoubt()
  }
  const renew = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(MINUTE, released.signal)
      if (isLost) return
      // Nothing is put in the place of a lease that another computer may have taken.
      if (isInDoubt()) await askOnce().catch(() => undefined)
      else await putAgain().catch(() => undefined)
    }
  }
  const renewing = renew().catch((error: unknown) => {
    if (!released.signal.aborted) throw error
  })
  return {
    check: async () => {
      if (!isLost && !isInDoubt()) return
      let cause: unknown
      if (!isLost) await askOnce().catch((error: unknown) => (cause = error))
      // Once refused, nothing more is changed.
      isLost ||= isInDoubt()
      if (!isLost) return
      throw new DestinationError(
        `The lock on ${location} could not be renewed for four minutes, and another computer may hold the vault now.`,
        { hint: 'Run it again: what was stored is kept.', cause },
      )
    },
    release: async () => {
      released.abort()
      await renewing
      await bucket.remove([key]).catch(() => undefined)
      bucket.close()
    },
  }
}

/** The facts about the leases of a home, kept in a file in it. */
interface Known {
  /** The name of this home in the bucket: made once. */
  readonly id: string
  /** The number that the disk gives the home. A home that was copied to another computer, or put back, has another one: its name is not this one's. */
  readonly of: string
  /** The start of this computer, its name and the path of the home. Some disks, as over FUSE, give a folder another number from time to time. */
  readonly on?: string
  /** The time of its last lease, in milliseconds since 1970. */
  readonly last: number
}

function readKnown({ home, holder }: LeaseFacts): Known {
  makeFoldersSync(home, 0o700)
  const start = startOfComputer()
  const now = {
    of: String(statSync(home, { bigint: true }).ino),
    ...(start !== undefined && { on: `${start} ${holder.host} ${home}` }),
  }
  const known = parsed(readSmallFile(`${home}/lease.json`))
  const last = isObject(known) && typeof known.last === 'number' ? known.last : 0
  if (isObject(known) && typeof known.id === 'string' && /^[0-9a-f]{16}$/.test(known.id)) {
    const isHere = known.of === now.of || (now.on !== undefined && known.on === now.on)
    if (isHere) return { id: known.id, ...now, last }
  }
  return noteKnown(home, { id: randomBytes(8).toString('hex'), ...now, last })
}

/** Returns the number that Linux gives each start of a computer; undefined for other systems, whose disks keep the numbers of folders. */
function startOfComputer(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return undefined
  }
}

/** Reads a text that a power cut may have damaged. */
function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return undefined
  }
}

function noteKnown(home: string, known: Known): Known {
  replaceSmallFile(`${home}/lease.json`, `${JSON.stringify(known)}\n`)
  return known
}

/** Returns the time of a new lease. One that takes the place of a dead process' may begin in the same second, and must be later all the same. */
function timeOfLease(facts: LeaseFacts, now: number): number {
  const known = readKnown(facts)
  return noteKnown(facts.home, { ...known, last: Math.max(now, known.last + 1000) }).last
}

async function busy({ bucket, location }: LeaseFacts, { key, modified }: BucketObject): Promise<VaultBusyError> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of bucket.get(key)) chunks.push(chunk)
  } catch {
    // It may have been released meanwhile; who it was is only for people.
  }
  const who = describe(Buffer.concat(chunks).toString())
  return new VaultBusyError(`Another run${who} is using ${location}.`, {
    hint: `Wait for it to finish, or stop it. If its computer is off, its lock ends by itself five minutes after ${new Date(modified).toISOString().slice(11, 16)} UTC.`,
  })
}

function describe(text: string): string {
  const found = parsed(text)
  if (!isObject(found)) return ''
  const { operation, host } = found
  return typeof operation === 'string' && typeof host === 'string' ? ` (${operation} on ${host})` : ''
}
