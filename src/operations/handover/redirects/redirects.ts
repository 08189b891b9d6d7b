import { publicPicture } from '../../../twin/public.ts'
import type { ItemRecord } from '../../../vault/record/album-record.ts'
import { rawOf } from '../../twin/gather.ts'
import { factsOf } from '../../twin/public/view.ts'
import { type HandoverRun, wholeAlbums } from '../job.ts'
import { seenTree } from '../view.ts'
import { addressesOf, ownHost, Redirects } from './addresses.ts'
import { Maps } from './maps.ts'

/**
 * Writes the maps from SmugMug's addresses to the pages of the twin. Only what strangers saw is in them, unless all is asked for: a missing
 * or unknown setting means private.
 */
export async function prepareRedirects(run: HandoverRun): Promise<void> {
  const { to = '', vault, all } = run
  const view = all ? undefined : (await seenTree(run)).view
  const shown = view?.albums
  const present = vault.catalogue.albums().filter(({ key, vanishedAt }) => vanishedAt === undefined && shown?.has(key) !== false)
  const redirects = new Redirects(present.map(({ urlPath }) => urlPath))
  const maps = await Maps.open(run)
  for await (const { head, folder, items } of wholeAlbums(run)) {
    const own = shown?.get(head.key)?.facts
    if (shown !== undefined && own === undefined) continue
    const isOpen = (item: ItemRecord): boolean => {
      const facts = view && own && factsOf(view, own, item.imageKey)
      return view === undefined || (facts !== undefined && publicPicture(facts, rawOf(item)) !== undefined)
    }
    const open = items.filter(isOpen)
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
