/** The past that a copy takes from the first vault: the files of reverse changes, the reports and the certificates. */

import { hashAll } from '../../flow/checked.ts'
import { inFolder, layout } from '../../vault/layout.ts'
import { hashFile } from '../../vault/storage/abilities.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import { doubtClean, isClean, keepSecretsOut } from '../../vault/versions/scrub.ts'
import { listVersions, readVersionTexts } from '../../vault/versions/version-file.ts'
import { VersionError } from '../../vault/versions/version-text.ts'
import { plain, prefixed } from '../plain.ts'
import { findOtherPast, leaveOtherPast, type OtherPast } from './other-past.ts'
import { type CopyRun, report, unlessRefused } from './run.ts'

/**
 * Takes the files of reverse changes, the reports and the certificates that the copy lacks. Nothing of these is ever replaced by other bytes, or removed:
 * those of runs that the first vault did not make go to the history of the copy. Up to the run `agreed` both have the same. While the brake holds such
 * runs, nothing comes. Returns them. See: [Note: another past]
 */
export async function takePast(run: CopyRun, agreed: number): Promise<OtherPast | undefined> {
  const { name, from, to, rules, emit, clock } = run
  const warn = (trouble: string): void =>
    emit({
      event: 'warning',
      message: `Passwords may remain in the past of the copy ${name}, because a file of it cannot be read: ${trouble}.`,
    })
  // The copy is cleaned after all has come, and anew as long as the first vault is not clean itself.
  if (!isClean(from.catalogue)) doubtClean(to.catalogue)
  const found: { other?: OtherPast | undefined } = {}
  await attempted(run, async () => {
    found.other = await findOtherPast(run, agreed)
    if (found.other !== undefined && run.isBraked) return
    if (found.other !== undefined) await leaveOtherPast(run, found.other)
    await takeVersions(run)
  })
  if (found.other === undefined || !run.isBraked) for (const folder of [layout.reports, layout.leaving]) await takeNew(run, folder)
  await keepSecretsOut(to, { keepSecrets: rules.keepSecrets, now: clock.now(), warn })
  return found.other
}

async function takeVersions(run: CopyRun): Promise<void> {
  const { from, to } = run
  const own = new Map((await listVersions(to.storage)).map((entry) => [entry.path, entry]))
  for (const { path, size } of await listVersions(from.storage)) {
    const standing = own.get(path)
    // Such a file only grows, while its run is under way.
    if (standing !== undefined && (size <= standing.size || !(await isBeginning(run, path, standing.size)))) continue
    await attempted(run, async () => {
      for await (const _line of readVersionTexts(from.storage, path));
      await to.storage.put(path, from.storage.read(path), { size, isPrivate: run.rules.keepSecrets })
      run.tally.records += 1
    })
  }
}

/** Runs one step, and names a file of the past that is damaged or refused. */
async function attempted(run: CopyRun, step: () => Promise<void>): Promise<void> {
  try {
    await step()
  } catch (error) {
    if (!(error instanceof VersionError || error instanceof StorageError)) throw error
    run.tally.failed += 1
    const reason = 'a part of the past was not taken from the first vault'
    report(run, { kind: 'failed', name: layout.versions, reason, detail: error.message })
  }
}

/** Is the copy's file the beginning of the first vault's? */
async function isBeginning({ from, to }: CopyRun, path: string, size: number): Promise<boolean> {
  const own = await hashFile(to.storage, path)
  return (await hashAll(first(from.storage.read(path), size))).digest().sha256 === own.sha256
}

async function* first(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let left = size
  for await (const chunk of bytes) {
    yield chunk.subarray(0, left)
    left -= chunk.length
    if (left <= 0) return
  }
}

async function takeNew(run: CopyRun, folder: string): Promise<void> {
  await unlessRefused(
    async () => {
      const own = new Set((await run.to.storage.list(folder)).map(({ name }) => name))
      for (const { name, kind, size } of await run.from.storage.list(folder)) {
        if (kind !== 'file' || own.has(name) || name.startsWith('.')) continue
        await run.to.storage.put(inFolder(folder, name), run.from.storage.read(inFolder(folder, name)), { size })
        run.tally.records += 1
      }
    },
    (error) => {
      run.tally.failed += 1
      report(run, { kind: 'failed', name: folder, ...prefixed('not all of it was taken from the first vault', plain(error)) })
    },
  )
}
