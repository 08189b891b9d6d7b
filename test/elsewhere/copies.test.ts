import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { addImage, albumsOf, placementsOf, removeImage, renameAlbum } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, photo } from '../../simulator/worlds/make.ts'
import { makeKey, openVaultAt } from '../../src/app/app.ts'
import { edited, firstAccount } from '../campaigns/account.ts'
import { chanceOf, SEED } from '../campaigns/chance.ts'
import { assertCode, type EndedJson, md5s, mediaIn, openScene, promisedBy, type Scene, snapshot } from '../scenarios/harness.ts'

/** A scene with a copy called usb. */
async function withCopy(t: TestContext, options: { readonly world?: World; readonly env?: Readonly<Record<string, string>> } = {}) {
  const scene = await openScene(t, { world: options.world ?? firstAccount, env: { SMGMG_BK_SERVICE_VERIFY_DAYS: '0', ...options.env } })
  const copy = join(scene.folder, 'copy')
  mkdirSync(copy)
  const env = { SMGMG_BK_COPY_USB_DESTINATION: copy }
  return {
    ...scene,
    copy,
    /** A backup that keeps the copy. */
    night: (args: readonly string[] = []): Promise<EndedJson> => scene.backup(args, { env }),
    copying: (args: readonly string[] = []): Promise<EndedJson> => scene.json(['copy', 'usb', ...args], { env }),
    status: (): Promise<EndedJson> => scene.json(['status'], { env }),
    withEnv: (args: readonly string[], more: Readonly<Record<string, string>>): Promise<EndedJson> =>
      scene.json(args, { env: { ...env, ...more } }),
  }
}

const why = ({ summary, stderr, lines }: EndedJson): string =>
  `${summary.message}\n${stderr}\n${lines
    .filter(({ event }) => event === 'problem')
    .map(({ problem }) => JSON.stringify(problem))
    .join('\n')}`

/** Fails unless a folder proves itself as a vault, also for a stranger's tools. */
async function assertProves(scene: Scene, folder: string): Promise<void> {
  const verified = await scene.json(['verify'], { env: { SMGMG_BK_DESTINATION: folder } })
  assert.equal(verified.summary.exitCode, 0, why(verified))
  for (const line of readFileSync(join(folder, '.smugmug-backup/SHA256SUMS'), 'utf8').trimEnd().split('\n')) {
    const [, sum, path = ''] = /^\\?([0-9a-f]{64}) [ *](.*)$/.exec(line) ?? []
    assert.equal(
      createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex'),
      sum,
      path,
    )
  }
}

/** The words of a vault: every record, without the times at which they were written. */
const wordsIn = async (folder: string): Promise<ReadonlyMap<string, string>> =>
  new Map(
    [...(await snapshot(folder))].flatMap(([path, { md5 }]) =>
      /(^|\/)album\.json$|^tree\.json$|^(?!\.smugmug).*\.xmp$/.test(path) && !path.startsWith('.smugmug-backup')
        ? [[path, md5] as const]
        : [],
    ),
  )

describe('a further copy', { concurrency: 4 }, () => {
  test('is a whole vault: the same files, words and past, proven by itself; a second night reads nothing', async (t) => {
    const scene = await withCopy(t, { env: { SMGMG_BK_SIDECARS: 'xmp', SMGMG_BK_WRITE_CSV: 'true' } })
    const first = await scene.night()
    assert.equal(first.summary.exitCode, 0, why(first))
    assert.match(first.summary.message, /held and proven\. The copy usb is up to date\.$/)
    assert.deepEqual(md5s(await mediaIn(scene.copy)), md5s(await mediaIn(scene.vault)))
    assert.deepEqual(await wordsIn(scene.copy), await wordsIn(scene.vault))
    assert.match(readFileSync(join(scene.copy, 'metadata.csv'), 'utf8'), new RegExp(join(scene.copy, 'Travel')))
    await assertProves(scene, scene.copy)
    const ids = [scene.vault, scene.copy].map(
      (folder) => JSON.parse(readFileSync(join(folder, '.smugmug-backup/state.json'), 'utf8')).vault,
    )
    assert.notEqual(ids[0], ids[1])
    const again = await scene.copying()
    assert.deepEqual([again.summary.exitCode, again.summary.stored, again.summary.bytes], [0, 0, 0], why(again))
    const seen = await scene.status()
    const [standing] = seen.lines.find(({ event }) => event === 'status')?.copies ?? []
    assert.deepEqual([standing.name, standing.lagDays, standing.isLate, standing.lastTry.exitCode], ['usb', 0, false, 0])
  })

  test('follows moves and renames without reading anything again, and keeps what was replaced or went', async (t) => {
    const scene = await withCopy(t)
    await scene.night()
    const held = new Set(md5s(await mediaIn(scene.copy)))
    const [one] = albumsOf(firstAccount)
    assert.ok(one !== undefined)
    scene.simulator.setWorld(renameAlbum(firstAccount, one.key, 'Elsewhere'))
    const { summary, ...rest } = await scene.night()
    assert.equal(summary.exitCode, 0, why({ summary, ...rest }))
    assert.deepEqual([...(await mediaIn(scene.copy)).keys()], [...(await mediaIn(scene.vault)).keys()])
    const last = (await scene.copying()).summary
    assert.deepEqual([last.stored, last.moved, last.bytes], [0, 0, 0])
    assert.deepEqual(new Set(md5s(await mediaIn(scene.copy))), held)
    await assertProves(scene, scene.copy)
  })

  test('takes no byte that is not the proven one: a file that rots in the first vault stays good in the copy', async (t) => {
    const scene = await withCopy(t)
    await scene.night()
    const before = await mediaIn(scene.copy)
    const path = oneOf(before)
    writeFileSync(join(scene.vault, path), Buffer.alloc(statSync(join(scene.vault, path)).size, 7))
    rmSync(join(scene.copy, path))
    const { summary } = await scene.copying()
    assert.equal(summary.exitCode, 3)
    assert.match(summary.message, /1 file did not come/)
    assert.equal(existsSync(join(scene.copy, path)), false)
  })

  test('loses no byte when a stranger seals every file of the first vault', async (t) => {
    const scene = await withCopy(t)
    await scene.night()
    const before = await snapshot(scene.copy)
    for (const [path, { kind }] of await snapshot(scene.vault)) {
      if (kind !== 'file' || /sqlite|lock/.test(path)) continue
      const bytes = readFileSync(join(scene.vault, path))
      writeFileSync(
        join(scene.vault, path),
        bytes.map((byte) => byte ^ 0x5a),
      )
      if (/jpg$/.test(path) && path.length % 2 === 0) renameSync(join(scene.vault, path), join(scene.vault, `${path}.locked`))
    }
    await scene.copying()
    await scene.copying(['--accept-changes'])
    const after = await snapshot(scene.copy)
    for (const [path, { kind, md5 }] of before)
      if (kind === 'file' && !/sqlite|state\.json|lock\.json/.test(path)) assert.equal(after.get(path)?.md5, md5, path)
    rmSync(scene.vault, { recursive: true })
    mkdirSync(scene.vault)
    const gone = await scene.copying()
    assert.equal(gone.summary.exitCode, 5, why(gone))
    await assertProves(scene, scene.copy)
  })

  test('stops at its brake when the first vault was emptied, and again when it was put back from an older day', async (t) => {
    const many = Array.from({ length: 30 }, (_, n) => photo(`m${n}`))
    const world: World = { ...firstAccount, root: [...firstAccount.root, albumNode('Many', many)] }
    const scene = await withCopy(t, { world })
    await scene.night()
    const older = join(scene.folder, 'older')
    cpSync(scene.vault, older, { recursive: true, preserveTimestamps: true })
    const before = md5s(await mediaIn(scene.copy))
    const key = albumsOf(world).find(({ name }) => name === 'Many')?.key ?? ''
    const emptied = many.reduce((now, { key: image }) => removeImage(now, key, image), world)
    scene.simulator.setWorld(addImage(emptied, key, photo('fresh')))
    const struck = await scene.withEnv(['backup', '--accept-changes'], { SMGMG_BK_ON_VANISHED: 'trash' })
    assert.equal(struck.summary.exitCode, 3, why(struck))
    assert.match(struck.summary.message, /The copy usb needs you\. Stopped by the safety brake of the copy/)
    const held = await scene.copying()
    assert.equal(held.summary.exitCode, 7, why(held))
    assert.equal(md5s(await mediaIn(scene.copy)).length, before.length + 1)
    const accepted = await scene.copying(['--accept-changes'])
    assert.equal(accepted.summary.exitCode, 0, why(accepted))
    const now = md5s(await mediaIn(scene.copy))
    assert.equal(now.length, before.length - 29)
    // Every byte is still there: in the history.
    const all = new Set([...(await snapshot(scene.copy)).values()].map(({ md5 }) => md5))
    for (const md5 of before) assert.ok(all.has(md5))
    assert.equal((await scene.night()).summary.exitCode, 0)
    rmSync(scene.vault, { recursive: true })
    renameSync(older, scene.vault)
    const back = await scene.copying()
    assert.equal(back.summary.exitCode, 7, why(back))
    assert.match(back.summary.message, /older than the copy/)
  })

  test('that is away holds nothing up until it is late; by hand it ends with its own code', async (t) => {
    const scene = await withCopy(t)
    await scene.night()
    renameSync(scene.copy, `${scene.copy}-away`)
    const away = await scene.night()
    assert.equal(away.summary.exitCode, 0, why(away))
    assert.match(JSON.stringify(away.lines), /The copy usb: The destination/)
    mkdirSync(scene.copy)
    const unmounted = await scene.copying()
    assert.equal(unmounted.summary.exitCode, 5, why(unmounted))
    assert.deepEqual(readdirSync(scene.copy), [])
    const note = join(scene.vault, '.smugmug-backup/copies/usb.json')
    const facts = JSON.parse(readFileSync(note, 'utf8'))
    facts.current.at -= 8 * 86_400_000
    writeFileSync(note, JSON.stringify(facts))
    const late = await scene.night()
    assert.equal(late.summary.exitCode, 3, why(late))
    assert.match(late.summary.message, /The copy usb is 8 days behind/)
    assert.equal((await scene.status()).summary.exitCode, 3)
    rmSync(scene.copy, { recursive: true })
    renameSync(`${scene.copy}-away`, scene.copy)
    assert.equal((await scene.night()).summary.exitCode, 0)
    assert.equal((await scene.status()).summary.exitCode, 0)
  })

  test('is mended from the first vault where it was damaged, and says so', async (t) => {
    const scene = await withCopy(t)
    await scene.night()
    const [lost = '', damaged = '', rotten = ''] = photosAtHome(await mediaIn(scene.copy))
    rmSync(join(scene.copy, lost))
    appendFileSync(join(scene.copy, damaged), 'x')
    const bytes = readFileSync(join(scene.copy, rotten))
    const { mtime } = statSync(join(scene.copy, rotten))
    writeFileSync(join(scene.copy, rotten), Buffer.alloc(bytes.length))
    utimesSync(join(scene.copy, rotten), mtime, mtime)
    const mended = await scene.withEnv(['copy', 'usb'], { SMGMG_BK_SERVICE_VERIFY_DAYS: '1' })
    assert.equal(mended.summary.exitCode, 3, why(mended))
    assert.match(mended.summary.message, /3 files were missing or damaged in the copy, and came anew/)
    assert.deepEqual(md5s(await mediaIn(scene.copy)), md5s(await mediaIn(scene.vault)))
    assert.equal((await scene.copying()).summary.exitCode, 0)
    await assertProves(scene, scene.copy)
  })

  test('gives its bytes back when the first vault is damaged, and when it is lost: no byte from SmugMug', async (t) => {
    const scene = await withCopy(t)
    await scene.night()
    const before = await mediaIn(scene.vault)
    const [lost = '', rotten = '', blocked = ''] = photosAtHome(before)
    rmSync(join(scene.vault, lost))
    writeFileSync(join(scene.vault, rotten), Buffer.alloc(statSync(join(scene.vault, rotten)).size, 7))
    const verified = await scene.withEnv(['verify'], {})
    assert.equal(verified.summary.exitCode, 3)
    assert.match(verified.summary.hint ?? '', /it takes all of the 2 files from a copy;/)
    rmSync(join(scene.vault, blocked))
    mkdirSync(join(scene.vault, blocked))
    const inTheWay = await scene.withEnv(['verify'], {})
    assert.match(inTheWay.summary.hint ?? '', /it takes all of the 2 files from a copy;/, 'the third one is for a person')
    rmdirSync(join(scene.vault, blocked))
    const mended = await scene.night()
    assert.deepEqual([mended.summary.exitCode, mended.summary.adopted, mended.summary.bytes], [0, 3, 0], why(mended))
    assert.deepEqual(md5s(await mediaIn(scene.vault)), md5s(before))
    await assertProves(scene, scene.vault)
    // The copy has rotted as well: then SmugMug gives the bytes.
    for (const folder of [scene.vault, scene.copy])
      writeFileSync(join(folder, rotten), Buffer.alloc(statSync(join(folder, rotten)).size, 7))
    const fetched = await scene.night()
    assert.deepEqual([fetched.summary.stored, fetched.summary.adopted], [1, 0], why(fetched))
    assert.deepEqual(md5s(await mediaIn(scene.vault)), md5s(before))
    await scene.copying()
    rmSync(scene.vault, { recursive: true })
    mkdirSync(scene.vault)
    const anew = await scene.withEnv(['backup', '--accept-changes', '--no-copies'], {})
    assert.deepEqual([anew.summary.exitCode, anew.summary.stored, anew.summary.bytes], [0, 0, 0], why(anew))
    assert.deepEqual(md5s(await mediaIn(scene.vault)), md5s(before))
    const other = await scene.copying()
    assert.equal(other.summary.exitCode, 2, why(other))
    const again = await scene.copying(['--accept-changes'])
    assert.deepEqual([again.summary.exitCode, again.summary.bytes], [0, 0], why(again))
  })

  test('gives back what SmugMug has no more: a photo that is lost, and one that rots', async (t) => {
    const scene = await withCopy(t)
    const [album] = albumsOf(firstAccount)
    assert.ok(album !== undefined)
    const [one, two] = placementsOf(album).flatMap(({ image, collected }) => (collected ? [] : [image]))
    assert.ok(one !== undefined && two !== undefined)
    await scene.night()
    const before = await mediaIn(scene.vault)
    scene.simulator.setWorld([one, two].reduce((world, image) => removeImage(world, album.key, image.key), firstAccount))
    assert.equal((await scene.night()).summary.vanished, 2)
    const [lost = '', rotten = ''] = [one, two].map(({ fileName = '' }) => [...before.keys()].find((path) => path.endsWith(`/${fileName}`)))
    rmSync(join(scene.vault, lost))
    writeFileSync(join(scene.vault, rotten), Buffer.alloc(statSync(join(scene.vault, rotten)).size, 7))
    const verified = await scene.withEnv(['verify'], {})
    assert.match(verified.summary.hint ?? '', /it takes all of the 2 files from a copy;/)
    assert.match((await scene.json(['verify'])).summary.hint ?? '', /what SmugMug still has is fetched again/)
    const mended = await scene.night()
    assert.deepEqual([mended.summary.exitCode, mended.summary.bytes], [0, 0], why(mended))
    assert.match(why(mended), /no longer on SmugMug, and brought back from the copy usb/)
    assert.deepEqual(md5s(await mediaIn(scene.vault)), md5s(before))
    await assertProves(scene, scene.vault)
    rmSync(join(scene.vault, lost))
    await scene.night()
    assert.deepEqual(md5s(await mediaIn(scene.vault)), md5s(before), 'without a verify before it')
  })

  test('that is sealed gives its bytes back with its private key; without it verify names the copy', async (t) => {
    const { identity, recipient } = await makeKey()
    const scene = await withCopy(t, { env: { SMGMG_BK_COPY_USB_ENCRYPTION_RECIPIENTS: recipient } })
    const key = join(scene.folder, 'key.txt')
    writeFileSync(key, identity, { mode: 0o600 })
    const withKey = { SMGMG_BK_COPY_USB_ENCRYPTION_IDENTITY_FILE: key }
    assertCode(await scene.night(), 0)
    const before = await mediaIn(scene.vault)
    const [one = '', other = ''] = photosAtHome(before)
    for (const path of [one, other]) rmSync(join(scene.vault, path))
    const without = await scene.withEnv(['verify'], {})
    assert.match(
      without.summary.hint ?? '',
      /The sealed copy usb has 2 of the 2 files: name its private key as identity_file in \[copy\.usb\.encryption\]/,
    )
    const hint = (await scene.withEnv(['verify'], withKey)).summary.hint ?? ''
    assert.match(hint, /^Run a backup: it takes all of the 2 files from a copy;/)
    const mended = await scene.withEnv(['backup'], withKey)
    assert.deepEqual([mended.summary.exitCode, mended.summary.adopted, mended.summary.bytes], [0, 2, 0], why(mended))
    assert.deepEqual(md5s(await mediaIn(scene.vault)), md5s(before))
    rmSync(join(scene.vault, one))
    const fetched = await scene.night()
    assert.deepEqual([fetched.summary.exitCode, fetched.summary.stored], [0, 1], why(fetched))
  })

  test('that cannot be begun leaves the backup and its report whole: out of a sealed vault without its private key', async (t) => {
    const { recipient } = await makeKey()
    const scene = await withCopy(t, { env: { SMGMG_BK_ENCRYPTION_RECIPIENTS: recipient } })
    const { summary } = await scene.night()
    assert.equal(summary.exitCode, 2, summary.message)
    assert.match(summary.message, /held.* No copy was made: The vault .* is sealed, and no private key is named that opens it\./)
    assert.equal(summary.stored, promisedBy(firstAccount).length - 1)
    assert.equal((await scene.status()).summary.exitCode, 0)
  })

  test('makes its own catalogue anew if that is lost', async (t) => {
    const scene = await withCopy(t)
    await scene.night()
    rmSync(join(scene.copy, '.smugmug-backup/catalogue.sqlite'))
    const { summary, ...rest } = await scene.copying()
    assert.deepEqual([summary.exitCode, summary.stored, summary.bytes], [0, 0, 0], why({ summary, ...rest }))
  })

  const refused: Readonly<Record<string, (scene: Awaited<ReturnType<typeof withCopy>>) => string>> = {
    'equal to the vault': ({ vault }) => vault,
    'inside the vault': ({ vault }) => {
      mkdirSync(join(vault, 'Travel/inside'))
      return join(vault, 'Travel/inside')
    },
    'around the vault': ({ folder }) => folder,
    'inside the vault of somebody else': ({ folder, vault }) => {
      cpSync(vault, join(folder, 'other'), { recursive: true })
      mkdirSync(join(folder, 'other/Travel/inside'))
      return join(folder, 'other/Travel/inside')
    },
    'the vault through a link': ({ vault, folder }) => {
      symlinkSync(vault, join(folder, 'link'))
      return join(folder, 'link')
    },
    'a folder with other things in it': ({ copy }) => {
      writeFileSync(join(copy, 'diary.txt'), 'mine')
      return copy
    },
    'a vault of its own': ({ vault, folder }) => {
      cpSync(vault, join(folder, 'own'), { recursive: true })
      return join(folder, 'own')
    },
  }
  for (const [what, place] of Object.entries(refused)) {
    test(`is refused where it is ${what}`, async (t) => {
      const scene = await withCopy(t)
      assertCode(await scene.backup(), 0)
      const destination = place(scene)
      const before = await snapshot(destination)
      const { summary } = await scene.withEnv(['copy', 'usb'], { SMGMG_BK_COPY_USB_DESTINATION: destination })
      assert.equal(summary.exitCode, 2, summary.message)
      const after = await snapshot(destination)
      for (const [path, { kind, md5 }] of before) if (kind === 'file' && !/sqlite/.test(path)) assert.equal(after.get(path)?.md5, md5, path)
    })
  }

  test('is refused beside other things, leaves nothing there, and begins once they are gone', async (t) => {
    for (const recipients of [[], [(await makeKey()).recipient]]) {
      const scene = await withCopy(t)
      const more = { SMGMG_BK_COPY_USB_ENCRYPTION_RECIPIENTS: recipients.join() }
      assertCode(await scene.backup(), 0)
      writeFileSync(join(scene.copy, 'diary.txt'), 'mine')
      for (const _again of [1, 2]) {
        const { summary } = await scene.withEnv(['copy', 'usb'], more)
        assert.equal(summary.exitCode, 2, summary.message)
        assert.match(summary.message, recipients.length === 0 ? /is not empty, and holds no copy\.$/ : /holds files that are not sealed/)
        assert.deepEqual(readdirSync(scene.copy), ['diary.txt'])
      }
      rmSync(join(scene.copy, 'diary.txt'))
      assertCode(await scene.withEnv(['copy', 'usb'], more), 0)
    }
  })

  test('is refused beside other things and a folder of our own that holds nothing, and leaves nothing there', async (t) => {
    const scene = await withCopy(t)
    assertCode(await scene.backup(), 0)
    mkdirSync(join(scene.copy, '.smugmug-backup/locks'), { recursive: true })
    writeFileSync(join(scene.copy, 'diary.txt'), 'mine')
    const before = readdirSync(scene.copy, { recursive: true })
    assertCode(await scene.copying(), 2)
    assert.deepEqual(readdirSync(scene.copy, { recursive: true }), before)
  })

  test('begins in a folder where it was killed before it had claimed it', async (t) => {
    const scene = await withCopy(t)
    assertCode(await scene.backup(), 0)
    await (await openVaultAt(scene.copy, { mode: 'write', operation: 'copy' })).close()
    assertCode(await scene.copying(), 0)
    await assertProves(scene, scene.copy)
  })

  test('is refused beside a file that is not sealed, also where a sealed one was killed before it had claimed the folder', async (t) => {
    const scene = await withCopy(t)
    assertCode(await scene.backup(), 0)
    const { recipient } = await makeKey()
    const keys = { recipients: [recipient], identityFile: undefined, section: '' }
    await (await openVaultAt(scene.copy, { mode: 'write', operation: 'copy' }, { env: scene.env, keys })).close()
    const more = { SMGMG_BK_COPY_USB_ENCRYPTION_RECIPIENTS: recipient }
    writeFileSync(join(scene.copy, 'diary.txt'), 'mine')
    const { summary } = await scene.withEnv(['copy', 'usb'], more)
    assert.deepEqual([summary.exitCode, readdirSync(scene.copy)], [2, ['.smugmug-backup', 'diary.txt']], summary.message)
    assert.match(summary.message, /is not empty, and holds no copy\.$/)
    rmSync(join(scene.copy, 'diary.txt'))
    assertCode(await scene.withEnv(['copy', 'usb'], more), 0)
  })

  test('is refused around the vault of somebody else, also when a person accepts changes', async (t) => {
    const scene = await withCopy(t)
    assertCode(await scene.backup(), 0)
    const around = join(scene.folder, 'around')
    cpSync(scene.vault, join(around, 'Family/other'), { recursive: true })
    const before = await snapshot(around)
    for (const more of [[], ['--accept-changes']]) {
      const { summary } = await scene.withEnv(['copy', 'usb', ...more], { SMGMG_BK_COPY_USB_DESTINATION: around })
      assert.equal(summary.exitCode, 2, summary.message)
      assert.match(summary.message, /lies around another vault, .*\/around\/Family\/other\.$/)
    }
    assert.deepEqual(await snapshot(around), before)
  })

  test("is refused where another account's vault lies, also when a person accepts changes", async (t) => {
    const scene = await withCopy(t)
    await scene.night()
    const other = await openScene(t, { world: { ...firstAccount, nickName: 'bob' } })
    assertCode(await other.backup(), 0)
    for (const more of [[], ['--accept-changes']]) {
      const { summary } = await scene.withEnv(['copy', 'usb', ...more], { SMGMG_BK_COPY_USB_DESTINATION: other.vault })
      assert.equal(summary.exitCode, 2, summary.message)
    }
    assert.equal((await other.backup()).summary.exitCode, 0)
  })

  test('can be made of a folder that was copied by hand, which is read and believed by its bytes only', async (t) => {
    const scene = await withCopy(t)
    assertCode(await scene.backup(), 0)
    cpSync(scene.vault, scene.copy, { recursive: true, preserveTimestamps: true })
    const path = oneOf(await mediaIn(scene.copy))
    const { size, mtime } = statSync(join(scene.copy, path))
    writeFileSync(join(scene.copy, path), Buffer.alloc(size))
    utimesSync(join(scene.copy, path), mtime, mtime)
    const made = await scene.copying(['--accept-changes'])
    assert.deepEqual(made.summary.stored, 1, why(made))
    assert.deepEqual(md5s(await mediaIn(scene.copy)), md5s(await mediaIn(scene.vault)))
    assert.equal((await scene.copying()).summary.exitCode, 0)
    await assertProves(scene, scene.copy)
  })

  test('is kept through 20 nights of changes, faults and absences, then becomes the destination: no byte from SmugMug', async (t) => {
    const scene = await withCopy(t, { env: { SMGMG_BK_SIDECARS: 'xmp', SMGMG_BK_ON_VANISHED: 'trash' } })
    const chance = chanceOf(SEED)
    let world = firstAccount
    for (let night = 0; night < 20; night += 1) {
      for (let n = chance.upTo(6); n > 0; n -= 1) world = edited(world, chance)
      scene.simulator.setWorld(world)
      const trouble = chance.upTo(4)
      if (trouble === 1) renameSync(scene.copy, `${scene.copy}-away`)
      if (trouble === 2) {
        const media = [...(await mediaIn(scene.copy)).keys()]
        if (media.length > 0) rmSync(join(scene.copy, chance.of(media)))
      }
      const { summary, ...rest } = await scene.night(['--accept-changes'])
      const shown = `night ${night}: ${why({ summary, ...rest })}`
      assert.ok(summary.exitCode === 0 || (trouble === 2 && summary.exitCode === 3), shown)
      if (trouble === 1) renameSync(`${scene.copy}-away`, scene.copy)
    }
    const last = await scene.copying(['--accept-changes'])
    assert.ok(last.summary.exitCode === 0 || /came anew/.test(last.summary.message), why(last))
    assert.deepEqual(photosIn(await mediaIn(scene.copy)), md5s(promisedBy(world)))
    assert.deepEqual(await wordsIn(scene.copy), await wordsIn(scene.vault))
    await assertProves(scene, scene.copy)
    rmSync(scene.vault, { recursive: true })
    const promoted = await scene.backup(['--full'], { env: { SMGMG_BK_DESTINATION: scene.copy } })
    assert.deepEqual([promoted.summary.exitCode, promoted.summary.bytes, promoted.summary.stored], [0, 0, 0], why(promoted))
    assert.deepEqual(photosIn(await mediaIn(scene.copy)), md5s(promisedBy(world)))
    assert.equal(promotedItems(promoted), promisedBy(world).length)
    await assertProves(scene, scene.copy)
    const history = await scene.json(['history'], { env: { SMGMG_BK_DESTINATION: scene.copy } })
    assert.ok(history.lines.filter(({ event }) => event === 'run').length > 20)
  })
})

/** The photos of an album whose bytes lie nowhere else. */
const photosAtHome = (media: ReadonlyMap<string, unknown>): readonly string[] => [...media.keys()].filter((path) => /^Home\/h/.test(path))

const oneOf = (media: ReadonlyMap<string, unknown>): string => photosAtHome(media)[0] ?? ''

const photosIn = (media: ReadonlyMap<string, { readonly md5: string }>): readonly string[] =>
  [...media].flatMap(([path, { md5 }]) => (path.endsWith('.xmp') ? [] : [md5])).toSorted()

const promotedItems = ({ summary }: EndedJson): number => summary.items
