/** The notes of a machine about the sealed files of a vault: lost, damaged, on another machine. They come from records and checksum files, and no photo is read. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { editImage, removeImage, replaceImage } from '../../simulator/edit.ts'
import { photo } from '../../simulator/worlds/make.ts'
import { makeKey, runDiff, runExport, runHistory, runRebuild, runStatus } from '../../src/app/app.ts'
import { albumKey, type Lab } from '../support/lab.ts'
import { ALL, a, b, checkSealed, checkSums, filesIn, noAge, openSealedLab, paper } from '../support/sealed-lab.ts'

/** Returns the path of the notes in the state folder. */
const notesIn = (state: string): string => {
  const [found] = readdirSync(state, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('/sealed.sqlite'))
  assert.ok(found)
  return join(state, found)
}

/** Flips a bit in the middle of a sealed photo. Its size and its time stay. */
function flip(lab: Lab, path: string): void {
  const bytes = readFileSync(lab.at(path))
  bytes[200] = (bytes[200] ?? 0) ^ 1
  writeFileSync(lab.at(path), bytes)
}

describe('the notes about sealed files', () => {
  test('are made anew on another machine, without a download, and no photo is read', { skip: noAge }, async (t) => {
    const { lab, withKey, state, identityFile } = await openSealedLab(t)
    await lab.complete()
    const sums = checkSums(lab, identityFile)
    assert.equal(sums, ALL)
    rmSync(state, { recursive: true })
    await assert.rejects(lab.backup(), { exitCode: 2 })
    // A look into it would find the damage.
    flip(lab, 'Travel/Norway/a.jpg.age')
    const elsewhere = await lab.complete(withKey)
    assert.deepEqual([elsewhere.downloads, elsewhere.totals.kept], [0, ALL])
    assert.throws(() => checkSums(lab, identityFile), /sum/)
    // From here on without the private key: the records go on, and the damage is found by the sum.
    const found = await lab.verify()
    assert.deepEqual(
      found.problems.map(({ kind, name }) => [kind, name]),
      [['damaged', 'Travel/Norway/a.jpg']],
    )
    lab.change(
      (w) => replaceImage(w, b.key, photo('another').bytes),
      (w) => removeImage(w, albumKey(w, 'Italy'), photo('i1').key),
    )
    const last = await lab.complete({ settings: { onVanished: 'trash' } })
    assert.equal(last.downloads, 2)
    assert.equal((await lab.verify()).exitCode, 0)
    assert.equal(checkSums(lab, identityFile), ALL - 1)
    checkSealed(lab)
  })

  test('that are there are not worse after a rebuild', { skip: noAge }, async (t) => {
    const { lab, withKey, identityFile } = await openSealedLab(t)
    await lab.complete()
    assert.equal((await runRebuild(lab.work(withKey))).exitCode, 0)
    assert.equal((await lab.complete()).downloads, 0)
    assert.equal((await lab.verify()).exitCode, 0)
    assert.equal(checkSums(lab, identityFile), ALL)
  })

  for (const [what, ruin] of [
    ['lost', (path: string) => rmSync(path)],
    ['damaged', (path: string) => writeFileSync(path, 'no database at all'.repeat(1000))],
  ] as const) {
    test(`that are ${what} are made anew with the private key; without it every command that needs them says so`, {
      skip: noAge,
    }, async (t) => {
      const { lab, withKey, identityFile, state } = await openSealedLab(t)
      await lab.complete()
      const notes = notesIn(state)
      for (const ending of ['-wal', '-shm']) rmSync(notes + ending, { force: true })
      ruin(notes)
      const before = filesIn(lab)
      const why = { exitCode: 2, message: /is sealed, and no private key is named that opens it/ }
      await assert.rejects(lab.backup(), why)
      await assert.rejects(lab.backup({ dryRun: true }), why)
      await assert.rejects(lab.verify(), why)
      assert.equal((await runStatus(lab.work())).exitCode, 0)
      assert.deepEqual(filesIn(lab), before)
      assert.equal((await lab.complete(withKey)).downloads, 0)
      assert.equal((await lab.verify()).exitCode, 0)
      assert.equal(checkSums(lab, identityFile), ALL)
    })
  }

  test('a private key that opens another vault ends with 2, and changes nothing', async (t) => {
    const { lab, withKey, identityFile, state } = await openSealedLab(t)
    await lab.complete()
    const stranger = await makeKey()
    writeFileSync(identityFile, `${stranger.identity}\n`)
    const before = filesIn(lab)
    const why = { exitCode: 2, message: /is sealed for other keys than those in/ }
    await assert.rejects(runRebuild(lab.work(withKey)), why)
    rmSync(state, { recursive: true })
    await assert.rejects(lab.backup(withKey), why)
    assert.deepEqual(filesIn(lab), before)
    writeFileSync(identityFile, `${stranger.identity}\n${paper.identity}\n`)
    assert.equal((await lab.complete(withKey)).downloads, 0)
  })

  test('have the words of the past again: history, diff and export go on without a private key', async (t) => {
    const { lab, withKey, state } = await openSealedLab(t)
    await lab.complete()
    lab.change((w) => editImage(w, a.key, { caption: 'Another caption' }))
    await lab.complete()
    rmSync(state, { recursive: true })
    await lab.complete(withKey)
    const { runs } = await runHistory(lab.work())
    assert.deepEqual(runs.map(({ operation }) => operation).toReversed(), ['backup', 'backup', 'rebuild', 'backup'])
    const { exitCode, message } = await runDiff({ ...lab.work(), since: '1' })
    assert.equal(exitCode, 0, message)
    let text = ''
    const write = async (more: string): Promise<void> => {
      text += more
    }
    assert.equal((await runExport({ ...lab.work(), format: 'jsonl', write })).exitCode, 0)
    assert.match(text, /Another caption/)
  })
})
