import { layout } from '../../vault/layout.ts'
import { type RecordedTree, readTree } from '../../vault/reading/tree.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import { cured, unreadableRecord } from '../plain.ts'
import { type PublicView, publicView } from '../twin/public/view.ts'
import type { HandoverRun } from './job.ts'

/** The account's tree, and the part of it that strangers saw. */
export interface Seen {
  readonly tree: RecordedTree | undefined
  readonly view: PublicView
}

/** Reads the tree, and decides what strangers saw. Without the tree nobody knows it, and all is private. */
export async function seenTree(run: HandoverRun): Promise<Seen> {
  const tree = await treeOf(run)
  return { tree, view: await publicView(run, tree) }
}

async function treeOf(run: HandoverRun): Promise<RecordedTree | undefined> {
  try {
    return await readTree(run.vault.storage)
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError)) throw error
    run.report({ kind: 'damaged', name: layout.tree, ...cured(unreadableRecord(error), 'the next backup writes it anew') })
    return undefined
  }
}
