/** The whole of a vault, judged from its folder, or from a plain copy of its bucket. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { md5Of, mediaOf } from '../../simulator/bytes.ts'
import { placementsOf } from '../../simulator/edit.ts'
import { Atlas } from '../../simulator/lookup.ts'
import type { World } from '../../simulator/world.ts'
import { mediaIn, partsIn, promisedBy, snapshot } from '../scenarios/harness.ts'
import { type Loose, recordsIn } from '../support/records.ts'

/**
 * Fails unless the folder of a vault holds the account, each item under the name of its record, and no more than it should.
 */
export async function assertWholeFolder(vault: string, world: World, what: string): Promise<void> {
  const media = await mediaIn(vault)
  const held = new Set([...media.values()].map(({ md5 }) => md5))
  for (const { md5, image } of promisedBy(world)) assert.ok(held.has(md5), `${what}: ${image.fileName} is lost`)
  const sumsFile = newestOf(vault, 'MD5SUMS')
  const sums = spawnSync('md5sum', ['--check', '--quiet', sumsFile], { cwd: vault, encoding: 'utf8' })
  // For md5sum a file without a line is an error: nothing is held.
  const isEmpty = media.size === 0 && readFileSync(join(vault, sumsFile), 'utf8') === ''
  assert.ok(sums.status === 0 || isEmpty, `${what}: ${sums.stdout}${sums.stderr}`)
  assert.deepEqual(await partsIn(vault), [], what)
  const all = [...(await snapshot(vault)).keys()]
  assert.deepEqual(
    all.filter((path) => /^\.smugmug-backup\/(?:moving|moves)\/./.test(path)),
    [],
    `${what}: what was being moved`,
  )
  assertSidecars(vault, all, what)
  assertRecords(vault, { world, md5At: (path) => media.get(path)?.md5 }, what)
}

/** Fails when a sidecar lies beside nothing, or has another item's words. */
function assertSidecars(vault: string, all: readonly string[], what: string): void {
  const seen = all.filter((path) => !path.startsWith('.smugmug-backup/'))
  const others = seen.filter((path) => !path.endsWith('.xmp'))
  // With `sidecar_names = "replace"` a sidecar has the name of its photo without the extension.
  const beside = new Set(others.flatMap((path) => [path, path.replace(/\.[^./]*$/, '')]))
  const alone = seen.filter((path) => path.endsWith('.xmp') && !beside.has(path.replace(/\.xmp$/, '')))
  assert.deepEqual(alone, [], `${what}: these lie beside nothing`)
  for (const record of seen.filter((path) => path.endsWith('/album.json'))) assertOwnWords(vault, record, what)
}

/** Returns the path of a file of ours; in a copy of a bucket that of its newest generation. */
function newestOf(vault: string, name: string): string {
  const found = readdirSync(join(vault, '.smugmug-backup')).filter((each) => each === name || each.startsWith(`${name}.2`))
  return `.smugmug-backup/${found.toSorted().at(-1) ?? name}`
}

/** Fails when a sidecar beside an item of the account is another item's. */
function assertOwnWords(vault: string, record: string, what: string): void {
  const { items } = JSON.parse(readFileSync(join(vault, record), 'utf8')) as Loose
  for (const { imageKey, name } of items.filter(({ vanishedAt }: Loose) => vanishedAt === undefined)) {
    const path = join(dirname(record), `${name}.xmp`)
    const text = existsSync(join(vault, path)) ? readFileSync(join(vault, path), 'utf8') : ''
    const key = /ImageKey[^A-Za-z0-9]+([A-Za-z0-9-]+)/.exec(text)?.[1]
    assert.equal(key ?? imageKey, imageKey, `${what}: ${path} has another item's words`)
  }
}

/** Fails unless the record of each album stands in its folder, names its items in order, and each file has the item's bytes. */
function assertRecords(
  vault: string,
  { world, md5At }: { readonly world: World; readonly md5At: (path: string) => string | undefined },
  what: string,
): void {
  const records = recordsIn(vault)
  const atlas = new Atlas(world)
  for (const place of atlas.albums) {
    if (place.node.type !== 'Album') continue
    const { album } = place.node
    const [folder, record] = [...records].find(([at, each]) => each.album.key === album.key && at === each.album.folder) ?? []
    assert.ok(folder !== undefined && record !== undefined, `${what}: ${place.urlPath} has no record`)
    assert.equal(record.album.urlPath, place.urlPath, `${what}: the record in ${folder}`)
    const present = record.items.filter(({ vanishedAt }: Loose) => vanishedAt === undefined)
    const wanted = placementsOf(album)
    const keys = wanted.map(({ image }) => image.key)
    assert.deepEqual(
      present.map(({ imageKey }: Loose) => imageKey),
      keys,
      `${what}: the items of ${folder}`,
    )
    for (const [index, { image }] of wanted.entries()) {
      const { name, state, caption } = present[index]
      assert.equal(caption ?? '', image.caption ?? '', `${what}: the caption of ${folder}/${name}`)
      if (state === 'elsewhere') continue
      assert.equal(state, 'held', `${what}: ${folder}/${name}`)
      assert.equal(md5At(`${folder}/${name}`), md5Of(mediaOf(image)), `${what}: the bytes of ${folder}/${name}`)
    }
  }
}
