import { randomBytes, randomUUID } from 'node:crypto'
import { DestinationError, VaultBusyError } from '../../errors.ts'
import { type Clock, MINUTE } from '../../flow/clock.ts'
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
  /** Throws `DestinationError` if the lease may have ended: this process was stopped, or the server could not be reached. */
  readonly check: () => void
  /** The term of this lease: it sorts after those of all leases before. See: [Note: generations] */
  readonly term: string
  release(): Promise<void>
}

/**
 * Makes this computer the only one that changes a vault in a bucket: it puts an object of its own beside those of others, and goes on only if no
 * other is there. No condition on a request is relied on, because servers ignore those silently. The object is put anew each minute. Throws
 * `VaultBusyError` if another computer holds the vault. Leases that dead processes of this computer left are removed at once, those of others five
 * minutes after they were renewed last.
 */
export async function takeLease(facts: LeaseFacts): Promise<Lease> {
  const { bucket, prefix, clock } = facts
  const folder = `${prefix}${layout.locks}/`
  const home = readKnown(facts.home).id
  const name = randomUUID()
  const key = `${folder}${home}-${name}`
  for (let left = TRIES; ; left -= 1) {
    const renewed = await put(facts, key)
    const { now, others } = await othersIn(facts, { folder, key, home })
    if (others.length === 0) return { ...hold(facts, key, renewed), term: termOf(timeOfLease(facts.home, now), name) }
    await bucket.remove([key])
    const [other] = others
    if (left === 1 && other !== undefined) throw await busy(facts, other)
    await clock.sleep(200 + Math.random() * 1800)
  }
}

/** Puts the object, and returns the time before that. */
async function put({ bucket, holder, clock }: LeaseFacts, key: string): Promise<number> {
  const before = clock.now()
  await bucket.put(key, Buffer.from(`${JSON.stringify(holder, null, 2)}\n`))
  return before
}

/** Returns the server's time and the leases of other computers that have not ended; removes those that have. */
async function othersIn(
  { bucket }: LeaseFacts,
  { folder, key, home }: { readonly folder: string; readonly key: string; readonly home: string },
): Promise<{ readonly now: number; readonly others: readonly BucketObject[] }> {
  const now = await bucket.serverTime()
  const others: BucketObject[] = []
  const ended: string[] = []
  for await (const { objects } of bucket.list({ prefix: folder })) {
    for (const object of objects) {
      if (object.key === key) continue
      // The lock of the home shows that no process of this computer holds the vault.
      const isDead = object.key.startsWith(`${folder}${home}-`) || now - object.modified > ENDS_AFTER
      if (isDead) ended.push(object.key)
      else others.push(object)
    }
  }
  if (ended.length > 0) await bucket.remove(ended)
  return { now, others }
}

function hold({ bucket, clock, location, ...facts }: LeaseFacts, key: string, first: number): Omit<Lease, 'term'> {
  const released = new AbortController()
  let renewed = first
  const renew = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(MINUTE, released.signal)
      // A lease that is in doubt is not renewed: another computer may have taken its place.
      if (clock.now() - renewed > DOUBTED_AFTER) return
      renewed = await put({ bucket, clock, location, ...facts }, key).catch(() => renewed)
    }
  }
  const renewing = renew().catch((error: unknown) => {
    if (!released.signal.aborted) throw error
  })
  return {
    check: () => {
      if (clock.now() - renewed <= DOUBTED_AFTER) return
      throw new DestinationError(
        `The lock on ${location} could not be renewed for four minutes, and another computer may hold the vault now.`,
        {
          hint: 'Run it again: what was stored is kept.',
        },
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
  /** The time of its last lease, in milliseconds since 1970. */
  readonly last: number
}

function readKnown(home: string): Known {
  const known: unknown = JSON.parse(readSmallFile(`${home}/lease.json`) ?? 'null')
  const last = isObject(known) && typeof known.last === 'number' ? known.last : 0
  if (isObject(known) && typeof known.id === 'string' && /^[0-9a-f]{16}$/.test(known.id)) return { id: known.id, last }
  return noteKnown(home, { id: randomBytes(8).toString('hex'), last })
}

function noteKnown(home: string, known: Known): Known {
  replaceSmallFile(`${home}/lease.json`, `${JSON.stringify(known)}\n`)
  return known
}

/** Returns the time of a new lease. One that takes the place of a dead process' may begin in the same second, and must be later all the same. */
function timeOfLease(home: string, now: number): number {
  const { id, last } = readKnown(home)
  return noteKnown(home, { id, last: Math.max(now, last + 1000) }).last
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
  try {
    const { operation, host } = JSON.parse(text) as Partial<Holder>
    return typeof operation === 'string' && typeof host === 'string' ? ` (${operation} on ${host})` : ''
  } catch {
    return ''
  }
}
