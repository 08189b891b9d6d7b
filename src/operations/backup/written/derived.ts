import { layout } from '../../../vault/layout.ts'
import { isOurReadme, VAULT_README } from '../../../vault/record/readme.ts'
import { sumLine } from '../../../vault/record/sums.ts'
import { csvOf, recordedItems } from '../../export/export.ts'
import { writeState } from '../../state.ts'
import type { Survey } from '../../survey.ts'
import type { Run } from '../run/run.ts'
import { rewriteHead } from './records.ts'

/** Writes what follows from the records and the catalogue: checksum files, metadata.csv, the state for `rebuild`. */
export async function writeDerived(run: Run, survey: Survey): Promise<void> {
  const { vault, settings, tally } = run
  const { storage, catalogue } = vault
  if (vault.mode === 'pretend') return
  if (!run.signal.aborted) {
    if (run.selection === undefined) catalogue.setMeta('manner', run.derived.settingsPrint)
    if (run.changes.otherAccount && run.acceptChanges === true) catalogue.setMeta('account', run.view.owner.nickName)
  }
  // Albums that vanished are not listed, so the settings that concern records reach theirs here.
  if (run.derived.settingsChanged) for (const album of catalogue.albums()) if (album.vanishedAt !== undefined) await rewriteHead(run, album)
  const changed = run.derived.stale || tally.changed || run.derived.recordsChanged || survey.missing > 0 || survey.damaged > 0
  for (const [path, hash] of [
    [layout.md5sums, 'md5'],
    [layout.sha256sums, 'sha256'],
  ] as const) {
    if (changed || (await storage.stat(path)) === undefined) await storage.put(path, sums(run, hash))
  }
  if (settings.writeCsv && (changed || !survey.hasCsv))
    await storage.put(layout.metadataCsv, csvOf(recordedItems(vault), { root: vault.root, defuse: false }))
  await writeReadme(run)
  await writeState(vault)
  catalogue.setMeta('derived', 'current')
}

async function* sums(run: Run, hash: 'md5' | 'sha256'): AsyncGenerator<Uint8Array> {
  let text = ''
  for await (const file of run.vault.catalogue.eachFile()) {
    if (file.state !== 'held') continue
    text += sumLine(file[hash], file.path)
    if (text.length < 65_536) continue
    yield Buffer.from(text)
    text = ''
  }
  if (text !== '') yield Buffer.from(text)
}

/** Tells a stranger how to read the vault; a file of that name that is not ours stays. */
async function writeReadme({ vault: { storage } }: Run): Promise<void> {
  const head: Uint8Array[] = []
  if ((await storage.stat(layout.readme)) !== undefined) for await (const chunk of storage.read(layout.readme)) head.push(chunk)
  const standing = Buffer.concat(head).toString()
  if (head.length === 0 || (isOurReadme(standing) && standing !== VAULT_README)) await storage.put(layout.readme, once(VAULT_README))
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
