/** A vault whose files are sealed: a backup needs public keys alone, and a stranger with a key needs nothing but `age` and `sha256sum`. */
import assert from 'node:assert/strict'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { readBytes } from '../../simulator/bytes.ts'
import { editImage, moveImage, removeImage, renameAlbum, renameFolder, replaceImage } from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import { photo } from '../../simulator/worlds/make.ts'
import { makeKey, openVaultAt, runCheckout, runCopy, runHandover, runKeyCheck, runRebuild, runTwin, runVerify } from '../../src/app/app.ts'
import type { CopySettings } from '../../src/config/copy-settings.ts'
import type { Settings } from '../../src/config/settings.ts'
import type { AppError } from '../../src/errors.ts'
import { openLabOfBucket } from '../support/bucket-lab.ts'
import { dyingStorage, type Life } from '../support/dying-storage.ts'
import { albumKey, type RunOptions } from '../support/lab.ts'
import { startS3Double } from '../support/s3-double.ts'
import {
  ALL,
  a,
  b,
  c,
  checkSealed,
  checkSums,
  filesIn,
  isPhoto,
  key,
  noAge,
  opened,
  openSealedLab,
  paper,
  world,
} from '../support/sealed-lab.ts'

const bytesOfA = readBytes(a.bytes)
const norway = albumKey(world, 'Norway')
const italy = albumKey(world, 'Italy')

describe('a sealed vault', () => {
  test('holds everything, for a stranger with a key and age alone', { skip: noAge }, async (t) => {
    const { lab, identityFile } = await openSealedLab(t)
    const { totals } = await lab.complete()
    assert.equal(totals.stored, ALL)
    checkSealed(lab)
    assert.equal(filesIn(lab).filter(isPhoto).length, ALL)
    assert.ok(opened(identityFile, lab.at('Travel/Norway/a.jpg.age')).equals(bytesOfA))
    const record = opened(identityFile, lab.at('Travel/Norway/album.json.age')).toString()
    assert.match(record, /Verysecretcaption/)
    const table = opened(identityFile, lab.at('metadata.csv.age')).toString()
    assert.match(table, /Verysecretcaption/)
    assert.ok(table.includes(lab.at('Travel/Norway/a.jpg.age')), 'Filename is the path of the file as it lies there')
    assert.equal(checkSums(lab, identityFile), ALL)
    assert.match(readFileSync(lab.at('README.txt'), 'utf8'), /age -d/)
  })

  test('is kept up to date without a private key: nothing is fetched twice, and no word is readable', async (t) => {
    const { lab } = await openSealedLab(t)
    await lab.complete()
    const again = await lab.complete()
    assert.deepEqual([again.downloads, again.totals.kept], [0, ALL])
    lab.change(
      (w) => renameFolder(w, idFrom('node Travel', 6), 'Journeys'),
      (w) => renameAlbum(w, norway, 'Norge'),
      (w) => moveImage(w, b.key, norway, italy),
      (w) => editImage(w, c.key, { caption: 'Another caption' }),
    )
    const moved = await lab.complete()
    assert.equal(moved.downloads, 0)
    checkSealed(lab)
    lab.change(
      (w) => replaceImage(w, a.key, photo('another').bytes),
      (w) => removeImage(w, italy, b.key),
    )
    const replaced = await lab.complete({ settings: { onVanished: 'trash' } })
    assert.equal(replaced.downloads, 1)
    checkSealed(lab)
    assert.equal(filesIn(lab).filter((path) => /history\/.*\/a\.jpg\.age$/.test(path)).length, 1)
    assert.equal((await lab.complete({ full: true })).downloads, 0)
    assert.equal((await lab.verify()).exitCode, 0)
    checkSealed(lab)
  })

  test('is verified without a private key: a flipped byte is found, and fetched again', async (t) => {
    const { lab } = await openSealedLab(t)
    await lab.complete()
    assert.equal((await lab.verify()).exitCode, 0)
    const path = lab.at('Travel/Norway/a.jpg.age')
    const bytes = readFileSync(path)
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1
    writeFileSync(path, bytes)
    const found = await lab.verify()
    assert.equal(found.exitCode, 3)
    assert.deepEqual(
      found.problems.map(({ kind }) => kind),
      ['damaged'],
    )
    assert.equal((await lab.complete()).downloads, 1)
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('a damaged record is written anew, and a file that is gone is fetched again', async (t) => {
    const { lab } = await openSealedLab(t)
    await lab.complete()
    writeFileSync(lab.at('Travel/Norway/album.json.age'), 'damaged')
    rmSync(lab.at('Travel/Norway/b.jpg.age'))
    assert.equal((await lab.complete()).downloads, 1)
    assert.equal((await lab.verify()).exitCode, 0)
    checkSealed(lab)
  })

  test('settings that disagree with the vault end with 2, and no byte is written', async (t) => {
    const { lab } = await openSealedLab(t)
    await lab.complete()
    const before = filesIn(lab)
    await assert.rejects(lab.backup({ settings: { encryptionRecipients: [] } }), { exitCode: 2 })
    assert.deepEqual(filesIn(lab), before)

    const plain = join(dirname(lab.root), 'plain')
    mkdirSync(plain)
    await lab.complete({ settings: { destination: plain, encryptionRecipients: [] } })
    const standing = globSync('**', { cwd: plain }).toSorted()
    await assert.rejects(lab.backup({ settings: { destination: plain } }), { exitCode: 2 })
    const rebuilding = runRebuild(lab.work({ settings: { destination: plain } }))
    await assert.rejects(rebuilding, { exitCode: 2, message: /holds files that are not sealed/ })
    await assert.rejects(lab.backup({ settings: { twin: true } }), { exitCode: 2 })
    assert.deepEqual(globSync('**', { cwd: plain }).toSorted(), standing)
  })

  test('whose former keys are not at hand is not taken for damaged on a machine that knows nothing of it', async (t) => {
    const { lab, identityFile, state } = await openSealedLab(t)
    await lab.complete()
    const later = await makeKey()
    lab.change((w) => editImage(w, c.key, { caption: 'Another caption' }))
    await lab.complete({ settings: { encryptionRecipients: [later.recipient] } })
    rmSync(state, { recursive: true })
    const before = filesIn(lab)
    const settings = { encryptionRecipients: [later.recipient], encryptionIdentityFile: identityFile }
    writeFileSync(identityFile, `${later.identity}\n`)
    const refused = await lab.backup({ settings }).catch((error: AppError) => error)
    assert.equal(refused.exitCode, 2, refused.message)
    assert.match(refused.message, /open only a part of the vault .*album\.json\.age is sealed for others\.$/)
    assert.deepEqual(filesIn(lab), before)
    writeFileSync(identityFile, `${later.identity}\n${key.identity}\n`)
    assert.equal((await lab.complete({ settings })).downloads, 0)
  })

  test('is changed by one computer at a time, as any other vault: the state of each is its own', async (t) => {
    const { lab, withKey } = await openSealedLab(t)
    await lab.complete()
    const there: RunOptions = { settings: { ...withKey.settings, stateFolder: join(dirname(lab.root), 'state of another') } }
    const open = (options: RunOptions) => openVaultAt(lab.root, { mode: 'write', operation: 'backup' }, lab.work(options))
    const held = await open({})
    await assert.rejects(lab.backup(there), { exitCode: 6, message: /Another run \(backup, process \d+ on / })
    await held.close()
    await lab.complete(there)
    assert.ok(!existsSync(lab.at('.smugmug-backup/lock.json')))
    checkSealed(lab)
  })

  test('asks for the key where another computer went on: nothing that it sealed is called damaged', async (t) => {
    const { lab, withKey } = await openSealedLab(t)
    await lab.complete()
    const state = lab.at('.smugmug-backup/state.json.age')
    writeFileSync(state, readFileSync(state).subarray(0, -9))
    assert.equal((await runVerify(lab.work())).exitCode, 0, 'a damaged state is no other computer, and is written anew')
    await lab.complete({ settings: { ...withKey.settings, stateFolder: join(dirname(lab.root), 'state of another') } })
    const before = readFileSync(state)
    await assert.rejects(runVerify(lab.work()), { exitCode: 2, message: /^Another computer went on with the sealed vault/ })
    assert.equal((await lab.backup()).exitCode, 2)
    assert.deepEqual(readFileSync(state), before)
    await lab.complete(withKey)
    assert.equal((await runVerify(lab.work())).exitCode, 0)
  })

  test('begins also in a folder where a run was killed before it wrote the mark', async (t) => {
    const { lab } = await openSealedLab(t)
    mkdirSync(lab.at('.smugmug-backup'))
    writeFileSync(lab.at('.smugmug-backup/.sealed.json~0123456789abcdef.01234567.part'), '{')
    await lab.complete()
    checkSealed(lab)
  })

  test('whatever looks into the files needs a private key, else it ends with 2', async (t) => {
    const { lab, withKey } = await openSealedLab(t)
    await lab.complete()
    const out = join(dirname(lab.root), 'out')
    const without = lab.work()
    await assert.rejects(runRebuild(without), { exitCode: 2 })
    await assert.rejects(runCheckout({ ...without, when: '1', folder: out }), { exitCode: 2 })
    await assert.rejects(runTwin({ ...without, folder: out }), { exitCode: 2 })
    await assert.rejects(runTwin(lab.work(withKey)), { exitCode: 2 })
    assert.ok(!existsSync(out))
    assert.equal((await runCheckout({ ...lab.work(withKey), when: '1', folder: out })).exitCode, 0)
    assert.ok(readFileSync(join(out, 'Travel/Norway/a.jpg')).equals(bytesOfA))
  })

  for (const when of ['before', 'after'] as const) {
    test(`a run that dies ${when} any call goes on without a private key`, async (t) => {
      for (const call of [3, 9, 17, 26, 37, 50, 64]) {
        const { lab } = await openSealedLab(t)
        let calls = 0
        const life: Life = () => (++calls === call ? `dies ${when}` : 'alive')
        const dying = dyingStorage(life)
        const ended = await lab.backupWith({ storage: dying.wrap }).catch(() => undefined)
        assert.ok(dying.isDead() && ended?.exitCode !== 0, `call ${call}`)
        await lab.complete()
        assert.deepEqual(
          filesIn(lab).filter((path) => /history\/.*jpg/.test(path)),
          [],
        )
        assert.equal((await lab.verify()).exitCode, 0, `call ${call}`)
        checkSealed(lab)
        await lab.close()
      }
    })
  }

  test('a key is proven to open it, and another one not to', async (t) => {
    const { lab, withKey, identityFile } = await openSealedLab(t)
    await assert.rejects(runKeyCheck(lab.work()), { exitCode: 2 })
    await lab.complete()
    const before = filesIn(lab)
    assert.equal((await runKeyCheck(lab.work(withKey))).exitCode, 0)
    writeFileSync(identityFile, `# on paper\n${paper.identity}\n`)
    assert.match((await runKeyCheck(lab.work(withKey))).message, /^The private key opens the vault/)
    const path = lab.at('Travel/Norway/a.jpg.age')
    writeFileSync(path, readFileSync(path).subarray(0, -5))
    assert.equal((await runKeyCheck(lab.work(withKey))).exitCode, 3)
    writeFileSync(identityFile, (await makeKey()).identity)
    await assert.rejects(runKeyCheck(lab.work(withKey)), { exitCode: 2, message: /does not open the vault/ })
    assert.deepEqual(filesIn(lab), before)
  })

  test('has its key proven also while the disk of a sealed copy is away, which is named', async (t) => {
    const { lab, withKey, identityFile } = await openSealedLab(t)
    await lab.complete()
    const common = { maxLagDays: 7, maxVanished: 0.1, keepReplaced: 'forever', recipients: [key.recipient], identityFile } as const
    const there = join(dirname(lab.root), 'there')
    mkdirSync(there)
    const copies: readonly CopySettings[] = [
      { ...common, name: 'usb', destination: join(dirname(lab.root), 'away') },
      { ...common, name: 'second', destination: there },
    ]
    const settings = { ...withKey.settings, copies }
    await runCopy({ ...lab.work({ settings }), name: 'second' })
    const { exitCode, message, problems } = await runKeyCheck(lab.work({ settings }))
    assert.deepEqual([exitCode, problems.map(({ kind, name }) => [kind, name])], [0, [['notice', 'copy usb']]])
    assert.ok(message.startsWith(`The private key opens ${lab.root}: `) && message.includes(`opens ${there}: `), message)
    assert.match(message, /Not tried, because it is not there: copy usb\.$/)
    // The key of the vault itself counts before all.
    const other = join(dirname(lab.root), 'other.txt')
    writeFileSync(other, (await makeKey()).identity)
    await assert.rejects(runKeyCheck(lab.work({ settings: { ...settings, encryptionIdentityFile: other } })), { exitCode: 2 })
    // Nothing is proven if no file could be tried.
    const alone = { encryptionRecipients: [], destination: there, copies: copies.slice(0, 1) }
    await assert.rejects(runKeyCheck(lab.work({ settings: alone })), { exitCode: 5 })
  })

  test('is a copy as well, kept from a vault in clear, and the other way round with a private key', { skip: noAge }, async (t) => {
    const { lab, identityFile, withKey } = await openSealedLab(t)
    const [plain, clearCopy] = [join(dirname(lab.root), 'plain'), join(dirname(lab.root), 'copy')]
    for (const place of [plain, clearCopy]) mkdirSync(place)
    const usb: CopySettings = {
      ...{ name: 'usb', maxLagDays: 7, maxVanished: 0.1, keepReplaced: 'forever' },
      ...{ destination: lab.root, recipients: [key.recipient], identityFile: undefined },
    }
    const settings: Partial<Settings> = { destination: plain, encryptionRecipients: [], copies: [usb] }
    await lab.complete({ settings: { ...settings, copies: [] } })
    const copied = async (run: RunOptions = { settings }) =>
      (await runCopy(lab.work(run))).copies.map(({ exitCode, message }) => [exitCode, message])
    assert.deepEqual((await copied())[0]?.[0], 0, JSON.stringify(await copied()))
    checkSealed(lab)
    const named = { ...settings, copies: [{ ...usb, identityFile }] }
    const tried = await runKeyCheck(lab.work({ settings: named }))
    assert.deepEqual([tried.exitCode, tried.message.startsWith('The private key opens the vault')], [0, true], tried.message)
    await assert.rejects(runKeyCheck(lab.work({ settings })), ({ hint }: AppError) => hint?.includes('of [copy.usb.encryption]') === true)
    assert.ok(opened(identityFile, lab.at('Travel/Norway/a.jpg.age')).equals(bytesOfA))
    lab.change(
      (w) => renameAlbum(w, norway, 'Norge'),
      (w) => editImage(w, c.key, { caption: 'Another caption' }),
      (w) => replaceImage(w, b.key, photo('another').bytes),
    )
    await lab.complete({ settings: { ...settings, copies: [] } })
    assert.deepEqual((await copied())[0]?.[0], 0, JSON.stringify(await copied()))
    assert.ok(filesIn(lab).includes('Travel/Norge/b.jpg.age'))
    checkSealed(lab)
    assert.equal((await lab.verify()).exitCode, 0)

    const back = { copies: [{ ...usb, destination: clearCopy, recipients: [] }] }
    await assert.rejects(copied({ settings: back }), { exitCode: 2 })
    assert.equal((await copied({ settings: { ...withKey.settings, ...back } }))[0]?.[0], 0)
    assert.ok(readFileSync(join(clearCopy, 'Travel/Norge/a.jpg')).equals(bytesOfA))
  })

  test('lies in a bucket as well', async (t) => {
    const double = await startS3Double({})
    t.after(() => double.stop())
    const { lab } = await openSealedLab(t)
    const s3 = { s3Endpoint: double.endpoint, s3Region: 'us-east-1', s3AccessKeyId: 'DOUBLE', s3SecretAccessKey: 'a secret' }
    const settings: Partial<Settings> = { destination: 's3://photos/vault', ...s3, stateFolder: join(dirname(lab.root), 'state') }
    await lab.complete({ settings })
    assert.equal((await lab.complete({ settings })).downloads, 0)
    lab.change((w) => renameAlbum(w, norway, 'Norge'))
    assert.equal((await lab.complete({ settings })).downloads, 0)
    const photos = [...double.objects.keys()].filter((path) => path.endsWith('.jpg.age'))
    assert.equal(photos.length, ALL)
    for (const [path, { bytes }] of double.objects)
      if (path.endsWith('.age')) assert.ok(Buffer.from(bytes).subarray(0, 21).equals(Buffer.from('age-encryption.org/v1')), path)
    await assert.rejects(lab.backup({ settings: { ...settings, encryptionRecipients: [] } }), { exitCode: 2 })
  })

  test('lies in a bucket, and a computer that was away takes over what another one did there', async (t) => {
    const { lab, double, place } = await openLabOfBucket(t, world)
    const identityFile = join(place, 'key.txt')
    writeFileSync(identityFile, `${key.identity}\n`)
    const keyless: Partial<Settings> = { encryptionRecipients: [key.recipient, paper.recipient] }
    const withKey: Partial<Settings> = { ...keyless, encryptionIdentityFile: identityFile }
    await lab.complete({ settings: keyless })
    const there = { ...withKey, stateFolder: join(place, 'state of another') }
    await lab.complete({ settings: there })
    lab.change((w) => editImage(w, c.key, { caption: 'Another caption' }))
    await lab.complete({ settings: there })
    const sets = (): readonly string[] => [...double.objects.keys()].filter((path) => path.includes('/catalogue/'))
    const before = sets()
    await lab.complete({ settings: withKey })
    assert.deepEqual(sets().slice(0, before.length), before, 'the copy of the catalogue goes on')
    const verified = await runVerify(lab.work({ settings: keyless }))
    assert.deepEqual([verified.exitCode, verified.problems], [0, []])
  })

  test('is looked at for the last time without a private key and without a twin', async (t) => {
    const { lab } = await openSealedLab(t)
    const { exitCode, toDo, certificate } = await lab.leave()
    assert.equal(exitCode, 0)
    assert.deepEqual(
      filesIn(lab).filter((path) => /html|twin/.test(path)),
      [],
    )
    assert.match(toDo.find((each) => each.key === 'open-copy')?.how ?? '', /private keys/)
    assert.ok(filesIn(lab).includes(`${certificate}.age`))
    checkSealed(lab)
  })

  test('is handed over to no other program, which could not read it; the old addresses are', async (t) => {
    const { lab, withKey } = await openSealedLab(t)
    await lab.complete()
    const out = join(dirname(lab.root), 'out')
    for (const target of ['immich', 'photoprism', 'digikam', 'lightroom', 'piwigo'] as const)
      await assert.rejects(runHandover({ ...lab.work(withKey), target, folder: out }), {
        exitCode: 2,
        message: /no other program can read/,
      })
    assert.ok(!existsSync(out))
    assert.equal((await runHandover({ ...lab.work(), target: 'redirects', folder: out, to: 'https://photos.example.org' })).exitCode, 0)
  })
})
