import { fold } from '../../../twin/fold.ts'
import type { ItemWords } from '../../../twin/format.ts'
import { type PublicAlbum, publicPicture } from '../../../twin/public.ts'
import { foldersAbove } from '../../../vault/reading/tree.ts'
import type { AlbumHead, ItemRecord } from '../../../vault/record/album-record.ts'
import { captionText } from '../../../vault/record/caption-text.ts'
import { keywordsOf } from '../../../vault/record/keywords.ts'
import { recordedTime } from '../../../vault/record/recorded-time.ts'
import type { ShownRow } from '../../../vault/shown-rows.ts'
import { cameraOf, coverKey, placeOf, rawOf, sizeOf, textOf } from '../gather.ts'
import type { TwinRun } from '../run.ts'
import { type Published, published } from './published.ts'
import { eachAlbum, factsOf, heldFile, type PublicView } from './view.ts'

/** Returns the picture of an item as it stands in the folder; undefined if there is none. */
export type Stand = (published: Published) => Promise<{ readonly width: number; readonly height: number } | undefined>

/** The acts of a caller while the list is made. */
export interface Steps {
  readonly stand: Stand
  /** Called after each album. */
  readonly ended?: () => void
}

/** Makes the list anew of everything that is public: each word of it is taken up by name, and nothing else of a record. */
export async function gatherPublic(run: TwinRun, view: PublicView, { stand, ended }: Steps): Promise<void> {
  for (const { key } of run.shown.albums()) run.shown.removeAlbum(key)
  const above = foldersAbove(view.tree)
  await eachAlbum(run, async ({ head, items }) => {
    const album = view.albums.get(head.key)
    if (album === undefined) return
    const facts = {
      key: head.key,
      name: head.name,
      description: captionText(textOf(head.smugmug.Description)),
      isLocked: false,
      cover: coverKey(head.smugmug),
      folder: album.folder,
      record: '',
    }
    await run.shown.putAlbum(facts, rowsOf({ run, view, stand, head, folders: above.get(head.key) ?? '', facts: album.facts }, items))
    ended?.()
  })
  run.shown.flush()
}

interface Gathering {
  readonly run: TwinRun
  readonly view: PublicView
  readonly stand: Stand
  readonly head: AlbumHead
  /** The names of the folders that the album lies in. */
  readonly folders: string
  readonly facts: PublicAlbum
}

async function* rowsOf(gathering: Gathering, items: AsyncIterable<ItemRecord>): AsyncGenerator<ShownRow> {
  for await (const item of items) {
    gathering.run.signal.throwIfAborted()
    const row = await rowOf(gathering, item)
    if (row !== undefined) yield row
  }
}

/** Returns the row of an item; undefined if strangers do not see it, or its file is not held. */
async function rowOf({ run, view, stand, head, folders, facts: own }: Gathering, item: ItemRecord): Promise<ShownRow | undefined> {
  const { imageKey } = item
  const isHeld = item.state === 'held' || item.state === 'elsewhere'
  if (!isHeld || !/^[A-Za-z0-9]+$/.test(imageKey) || item.hidden !== false) return undefined
  const facts = factsOf(view, own, imageKey)
  const raw = rawOf(item)
  const picture = facts && publicPicture(facts, raw)
  const file = heldFile(item)
  const source = file === undefined ? view.shared.get(imageKey)?.source : { folder: head.folder, file }
  if (facts === undefined || picture === undefined || source === undefined || item.isVideo !== raw.IsVideo) return undefined
  const media = published({ imageKey, picture, source, folder: head.folder, isVideo: item.isVideo })
  const size = media && (await stand(media))
  const words = wordsOf(run, facts, item)
  const name = media !== undefined && size !== undefined ? media.name : facts.showsFileNames ? item.fileName : imageKey
  const place = facts.showsPlaces ? placeOf(item) : undefined
  return {
    ...{ albumKey: head.key, imageKey, position: item.position, collected: item.collected, name, isVideo: item.isVideo },
    md5: media !== undefined && size !== undefined ? media.id : '',
    ...(size === undefined || size.width === 0 ? (picture.kind === 'copy' ? sizeOf(item) : { width: 0, height: 0 }) : size),
    taken: words.taken ?? '',
    latitude: place?.latitude,
    longitude: place?.longitude,
    text: fold([words.title, words.caption, ...(words.keywords ?? []), head.name, folders, words.place, name].join(' ')),
    words: JSON.stringify(words),
    note: '',
    still: '',
  }
}

function wordsOf(run: TwinRun, facts: PublicAlbum, item: ItemRecord): ItemWords {
  const caption = captionText(item.caption)
  const place = facts.showsPlaces ? placeOf(item) : undefined
  const town = place && run.placeOf(place.latitude, place.longitude)
  const taken = facts.showsCamera ? recordedTime(item)?.local : undefined
  const camera = facts.showsCamera ? cameraOf(item) : ''
  const keywords = rawOf(item).ShowKeywords === true ? keywordsOf(item) : []
  return {
    ...(item.title !== '' && { title: item.title }),
    ...(caption !== '' && { caption }),
    ...(keywords.length > 0 && { keywords }),
    ...(taken !== undefined && { taken }),
    ...(town !== undefined && { place: town }),
    ...(camera !== '' && { facts: [['Camera', camera]] }),
  }
}
