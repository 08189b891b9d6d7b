/** Account, vault, account, vault: what the second vault says is what the first one said. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { smallWorld } from '../simulator/worlds/small.ts'
import { filesBelow, type Lab, openLab } from './support/lab.ts'
import { describeWorld, openTarget, richWorld } from './support/restored.ts'

/** The fields that SmugMug gives anew: keys, and the days of uploads and changes. */
const NEW =
  /^(key|(node|album|image|upload)(Key|Id|ID)|(last|imagesLast)Updated|Date|DateModified|dateTimeUploaded|CollectedFrom|wanted|account|position)$/i
/** Addresses have keys and the name of the account in them. */
const ADDRESS = /^(https?:\/\/|\/api\/v2)/

interface Record {
  readonly album?: { readonly smugmug: { readonly SortMethod?: string } }
  readonly items?: readonly Item[]
}

interface Item {
  readonly imageKey: string
  readonly name: string
  readonly files: readonly { readonly sha256: string }[]
  readonly caption: string
}

/** Returns a record without what is new. In an album that is not sorted by hand, and after those that it took from others, the order is SmugMug's. */
function recordOf(lab: Lab, path: string): unknown {
  const { items, ...others } = JSON.parse(readFileSync(lab.at(path), 'utf8')) as Record
  const keys = (items ?? []).map(({ imageKey }) => imageKey)
  // A photo without a name, and the second of two namesakes, has its key in its name.
  const withoutKey = (text: string): string => keys.reduce((name, key) => name.replace(new RegExp(`-?${key}`), ''), text)
  const plain = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, function (this: { readonly isVideo?: boolean; readonly IsVideo?: boolean }, field, inner: unknown) {
        if (NEW.test(field) || (typeof inner === 'string' && ADDRESS.test(inner))) return undefined
        // Of a video it is the sum of a still that SmugMug makes.
        if (/^archivedMd5$/i.test(field) && (this.isVideo || this.IsVideo)) return undefined
        // SmugMug sends them as text or number, as it likes (fact sheet 4.2).
        if (/^(lat|long)itude$/i.test(field)) return Number(inner)
        return field === 'name' && typeof inner === 'string' ? withoutKey(inner) : inner
      }),
    )
  const told = (items ?? []).map(plain)
  const isManual = others.album?.smugmug.SortMethod === 'Position'
  const sorted = isManual ? told : told.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  return { ...(plain(others) as object), items: sorted }
}

const recordsIn = (lab: Lab): readonly string[] => [
  ...filesBelow(lab.root, (path) => /(^|\/)(album|tree)\.json$/.test(path) && !path.startsWith('.smugmug-backup/')).keys(),
]

for (const [what, world] of [
  ['a small account', smallWorld()],
  ['an account with everything', richWorld()],
] as const) {
  test(`${what}: every field of every record is equal, but for keys, addresses and days of upload`, async (t) => {
    const settings = { keepSecrets: true, comments: true, imageMetadata: true } as const
    const lab = await openLab(t, world, { settings })
    await lab.complete()
    const { target, restore } = await openTarget(t, lab)
    const outcome = await restore()
    assert.equal(outcome.exitCode, 0, outcome.message)
    const again = await openLab(t, target.world, { settings })
    await again.complete()
    assert.deepEqual(describeWorld(target.world), describeWorld(lab.world))
    assert.deepEqual([...again.media().values()].toSorted(), [...lab.media().values()].toSorted())
    assert.deepEqual(recordsIn(again), recordsIn(lab))
    for (const path of recordsIn(lab)) assert.deepEqual(recordOf(again, path), recordOf(lab, path), path)
  })
}
