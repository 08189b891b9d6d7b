import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCheckout } from '../../src/app/past.ts'
import { filesBelow, type Lab } from './lab.ts'

/** Checks a moment out into a folder of its own beside the vault. */
export const checkoutOf = async (lab: Lab, when: string | number, more: Partial<Parameters<typeof runCheckout>[0]> = {}) => {
  const out = lab.at(`../out-${when}-${Math.random()}`)
  const outcome = await runCheckout({ ...lab.work(), when: String(when), folder: out, ...more })
  return { ...outcome, out, files: existsSync(out) ? filesBelow(out, () => true) : new Map<string, string>() }
}

/** Returns the records of a vault or a checkout as values. */
export const recordsIn = (root: string, files: Iterable<string>): ReadonlyMap<string, unknown> =>
  new Map(
    [...files]
      .filter((path) => /(^|\/)(album|tree)\.json$/.test(path))
      .toSorted()
      .map((path) => [path, JSON.parse(readFileSync(join(root, path), 'utf8'))]),
  )

/** Returns the records of a vault as values. */
export const recordsOf = (lab: Lab) => recordsIn(lab.root, filesBelow(lab.root, (path) => !path.startsWith('.smugmug-backup/')).keys())

/** Leaves out what is gone from the account: a checkout has what the account had. */
export const present = (records: ReadonlyMap<string, unknown>) =>
  new Map(
    [...records].flatMap(([path, value]) => {
      const { album: head } = value as { album?: { vanishedAt?: string } }
      return head?.vanishedAt === undefined ? [[path, value] as const] : []
    }),
  )

/** The account as the vault had it after a run. */
export interface Seen {
  readonly run: number
  readonly records: ReadonlyMap<string, unknown>
  readonly media: ReadonlyMap<string, string>
}

/** Notes how the vault is after a run. */
export const seenAfter = (lab: Lab, run: number): Seen => ({ run, records: present(recordsOf(lab)), media: lab.media() })

/** Fails unless a run checks out as the account was then. */
export async function assertComesBack(lab: Lab, { run, records }: Seen, what = ''): Promise<void> {
  const { out, files, exitCode, problems } = await checkoutOf(lab, run)
  assert.deepEqual([exitCode, problems], [0, []], `${what} run ${run}`)
  assert.deepEqual(recordsIn(out, files.keys()), records, `${what} run ${run}`)
}
