import { publicPicture } from '../../../twin/public.ts'
import { rawOf } from '../../twin/gather.ts'
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
  const shown = all ? undefined : (await seenTree(run)).view.albums
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
