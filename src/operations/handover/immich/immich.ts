import { splitPath } from '../../../vault/layout.ts'
import { recordedTime } from '../../../vault/record/recorded-time.ts'
import { albumFacts } from '../albums.ts'
import { type HeldItem, heldItems, pathsOf } from '../held.ts'
import { type HandoverRun, wholeAlbums } from '../job.ts'
import { sidecarText, writeBeside } from '../sidecars.ts'
import { IMMICH_README, IMMICH_SCRIPT } from '../texts/immich.ts'

/**
 * Writes a script for Immich's API, and the lists that it reads: albums with their names and covers, and items with their files, their
 * sidecars, and the RAW files to be stacked with them. Names are in the lists alone; the script is the same for every vault.
 */
export async function prepareImmich(run: HandoverRun): Promise<void> {
  const { files, vault } = run
  const factsOf = albumFacts(run)
  const [albums, items] = [await files.sheet('albums.jsonl'), await files.sheet('items.jsonl')]
  for await (const album of wholeAlbums(run)) {
    const { id, name, description, cover } = factsOf(album)
    const held = await heldItems(run, album)
    await albums.write(`${JSON.stringify({ id, name, description, items: held.length, path: album.head.urlPath })}\n`)
    const sidecars: { readonly path: string; readonly text: string }[] = []
    for (const [index, each] of held.entries()) {
      const sidecar = `sidecars/${id}/${index}.xmp`
      sidecars.push({ path: sidecar, text: sidecarText(album.head, each) })
      const line = { album: id, ...lineOf(each), sidecar, ...(each.item.imageKey === cover && { cover: true }) }
      await items.write(`${JSON.stringify(line)}\n`)
      await writeBeside(run, each, { album: album.head, style: 'append', paths: pathsOf(each) })
    }
    await files.folder(`sidecars/${id}`, sidecars)
    run.counts.albums += 1
    run.counts.items += held.length
  }
  await files.folder('', [
    { path: 'import.sh', text: IMMICH_SCRIPT },
    { path: 'vault.txt', text: `${vault.location}\n` },
    { path: 'README.txt', text: IMMICH_README },
  ])
}

function lineOf({ item, path, name, companions }: HeldItem) {
  const time = recordedTime(item)
  const taken = time === undefined ? (item.dateTimeUploaded ?? item.lastUpdated) : time.local + (time.offset ?? 'Z')
  return {
    key: item.imageKey,
    file: path,
    name,
    taken: taken !== undefined && !Number.isNaN(Date.parse(taken)) ? new Date(taken).toISOString() : '1970-01-01T00:00:00.000Z',
    hidden: item.hidden === true,
    stack: companions.map((each) => ({ file: each.path, name: splitPath(each.path).name })),
  }
}
