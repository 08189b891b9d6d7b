import { publicPicture } from '../../../twin/public.ts'
import { layout } from '../../../vault/layout.ts'
import { readTree } from '../../../vault/reading/tree.ts'
import { RecordError } from '../../../vault/record/read-json.ts'
import { StorageError } from '../../../vault/storage/storage.ts'
import { cured, unreadableRecord } from '../../plain.ts'
import { rawOf } from '../../twin/gather.ts'
import { type PublicView, publicView } from '../../twin/public/view.ts'
import { type HandoverRun, wholeAlbums } from '../job.ts'
import { addressesOf, ownHost, Redirects } from './addresses.ts'
import { Maps } from './maps.ts'

/**
 * Writes the maps from SmugMug's addresses to the pages of the twin. Only what strangers saw is in them, unless all is asked for: a missing
 * or unknown setting means private.
 */
export async function prepareRedirects(run: HandoverRun): Promise<void> {
  const { to = '', vault, all } = run
  const shown = all ? undefined : (await viewOf(run)).albums
  const present = vault.catalogue.albums().filter(({ key, vanishedAt }) => vanishedAt === undefined && shown?.has(key) !== false)
  const redirects = new Redirects(present.map(({ urlPath }) => urlPath))
  const maps = await Maps.open(run)
  for await (const { head, folder, items } of wholeAlbums(run)) {
    const facts = shown?.get(head.key)?.facts
    if (shown !== undefined && facts === undefined) continue
    const open = facts === undefined ? items : items.filter((item) => publicPicture(facts, rawOf(item)) !== undefined)
    const made = redirects.of(
      addressesOf(head, folder, to),
      open.map(({ imageKey }) => imageKey),
    )
    const host = ownHost(head.webUri) ?? (to === '' ? undefined : new URL(to).host)
    await maps.add('album', made.album, host)
    await maps.add('items', made.items, host)
    run.counts.albums += 1
    run.counts.items += open.length
  }
  for (const name of redirects.unusable) {
    run.report({ kind: 'failed', name, reason: 'no web server can be asked for its address: it has no redirect' })
  }
  await maps.finish()
}

/** Decides what strangers saw. Without the tree nobody knows it, and all is private. */
async function viewOf(run: HandoverRun): Promise<PublicView> {
  try {
    return await publicView(run, await readTree(run.vault.storage))
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError)) throw error
    run.report({ kind: 'damaged', name: layout.tree, ...cured(unreadableRecord(error), 'the next backup writes it anew') })
    return await publicView(run, undefined)
  }
}
