import { RequestError, ServiceError } from '../../../errors.ts'
import { breathe } from '../../../flow/breathe.ts'
import { DAY } from '../../../flow/clock.ts'
import type { TreeNode } from '../../../smugmug/account.ts'
import { layout } from '../../../vault/layout.ts'
import { standingOf, writeOwn } from '../../../vault/record/own-files.ts'
import { withoutSecrets } from '../../../vault/record/secrets.ts'
import { renderTree, type TreeFacts, treeHead, treeRows } from '../../../vault/record/tree-record.ts'
import { plain, prefixed } from '../../plain.ts'
import { ownTrouble, refused } from '../run/own-trouble.ts'
import type { Run } from '../run/run.ts'
import { noteTreePast } from './past.ts'

const READ_AT = 'tree.readAt'

/**
 * Asks for the tree if it may have changed: the album list shows a new, gone or moved album, everything is listed anyway, the tree is due,
 * or there is no `tree.json`. An unchanged run does not ask. A tree that cannot be read is named in the report.
 */
export async function readTree(run: Run): Promise<readonly TreeNode[] | undefined> {
  if (run.vault.mode !== 'write' || run.signal.aborted || !(await mayHaveChanged(run))) return undefined
  // Mark it due first: a crash before it is written must not lose it.
  run.vault.catalogue.setMeta(READ_AT, '0')
  try {
    return await run.account.tree(run.signal)
  } catch (error) {
    if (run.signal.aborted) return undefined
    if (!(error instanceof RequestError || error instanceof ServiceError)) throw error
    run.tally.problem({ kind: 'album', name: layout.tree, ...prefixed('the folders could not be read', plain(error)) })
    return undefined
  }
}

async function mayHaveChanged(run: Run): Promise<boolean> {
  if (run.due.all || run.derived.treeChanged) return true
  if (isTreeDue(run.vault.catalogue, { now: run.startedAt, days: run.settings.fullListingDays })) return true
  // If the disk refuses this look, the writing reports it.
  const stands = ownTrouble(
    async () => {
      const entry = await run.vault.storage.stat(layout.tree)
      return entry !== undefined && (await standingOf(run.vault, layout.tree, { entry })) !== 'changed'
    },
    () => undefined,
  )
  return (await stands) !== true
}

/** Have the folders not been read for `days` days? */
export function isTreeDue(catalogue: Run['vault']['catalogue'], { now, days }: { readonly now: number; readonly days: number }): boolean {
  const readAt = Number(catalogue.meta(READ_AT) ?? 0)
  return now - readAt >= days * DAY || now < readAt - DAY
}

/** Writes `tree.json`, with the folder of each album. It stays due while the disk refuses it. */
export async function writeTree(run: Run, nodes: readonly TreeNode[] | undefined): Promise<void> {
  if (nodes === undefined) return
  const { catalogue } = run.vault
  const { nickName, name } = run.view.owner
  const facts: TreeFacts[] = []
  for (const node of nodes) {
    await breathe()
    const { albumKey, raw } = node
    const place =
      albumKey === undefined
        ? {}
        : { folder: catalogue.album(albumKey)?.folder, onlyCollected: catalogue.counts.onlyCollected(albumKey) || undefined }
    facts.push({ ...node, ...place, raw: () => (run.settings.keepSecrets ? raw() : withoutSecrets(raw())) })
  }
  const account = { nickName, ...(name !== undefined && { name }) }
  await ownTrouble(
    async () => {
      const before = (): Promise<void> => noteTreePast(run, layout.tree, { head: treeHead(account), rows: () => treeRows(facts) })
      await writeOwn(run.vault, layout.tree, () => renderTree(account, facts), { isPrivate: run.settings.keepSecrets, before })
      catalogue.setMeta(READ_AT, String(run.startedAt))
    },
    refused(run, { name: layout.tree }, 'it could not be written'),
  )
}
