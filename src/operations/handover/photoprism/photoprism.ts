import { parse } from 'node:path'
import { inFolder, splitPath } from '../../../vault/layout.ts'
import { foldName } from '../../../vault/naming/safe-path.ts'
import { captionText } from '../../../vault/record/caption-text.ts'
import { recordedTime } from '../../../vault/record/recorded-time.ts'
import { placeOf } from '../../twin/gather.ts'
import { albumFacts } from '../albums.ts'
import { type HeldItem, heldItems, pathsOf } from '../held.ts'
import { type HandoverRun, type WholeAlbum, wholeAlbums } from '../job.ts'
import { flatKeywords } from '../keywords.ts'
import { writeBeside } from '../sidecars.ts'
import { PHOTOPRISM_README } from '../texts/photoprism.ts'
import { type Fields, uid, yaml } from './yaml.ts'

/**
 * Writes the files from which PhotoPrism restores its own index: one for each photo, at the photo's path below `sidecar`, and one for each
 * album. PhotoPrism reads the photos in the vault itself.
 */
export async function preparePhotoPrism(run: HandoverRun): Promise<void> {
  const { files } = run
  const factsOf = albumFacts(run)
  for await (const album of wholeAlbums(run)) {
    const { id, name, description } = factsOf(album)
    const held = await heldItems(run, album)
    const own = ownPhotos(run, album, held)
    await files.folder(
      inFolder('sidecar', album.folder),
      own.map((each) => ({ path: `sidecar/${inFolder(album.folder, stem(each))}.yml`, text: yaml(photoFields(each)) })),
    )
    // One folder for each album: only then a later handover knows which of them are gone.
    const known = new Set(own)
    const members = held.filter((each) => splitPath(each.path).folder !== album.folder || known.has(each))
    if (members.length > 0) {
      const number = uid('a', album.head.key)
      await files.folder(`albums/${id}`, [
        { path: `albums/${id}/${number}.yml`, text: yaml(albumFields(album, { number, name, description, members })) },
      ])
    }
    for (const each of held) await writeBeside(run, each, { album: album.head, style: 'append', paths: pathsOf(each) })
    run.counts.albums += 1
    run.counts.items += held.length
  }
  await files.folder('', [{ path: 'README.txt', text: PHOTOPRISM_README }])
}

const stem = ({ name }: HeldItem): string => parse(name).name

/** Returns the items that lie in the album's own folder. Of two whose names differ only by their endings PhotoPrism makes one photo. */
function ownPhotos(run: HandoverRun, { head, folder }: WholeAlbum, held: readonly HeldItem[]): readonly HeldItem[] {
  const taken = new Set<string>()
  return held.filter((each) => {
    if (splitPath(each.path).folder !== folder) return false
    const key = foldName(stem(each))
    if (taken.has(key)) {
      const reason = 'PhotoPrism makes one photo of it and of a file whose name differs only by its ending; the words of that one count'
      run.report({ kind: 'notice', album: head.urlPath, name: each.name, imageKey: each.item.imageKey, reason })
      return false
    }
    taken.add(key)
    return true
  })
}

/** The priority of a person's own words: PhotoPrism does not replace them by those of the file. */
const MANUAL = 'manual'

/** Returns a text with its source; nothing for an empty one. `longest` is the length that PhotoPrism's database takes. */
const worded = (name: string, text: string, longest: number): Fields =>
  text === '' ? {} : { [name]: text.slice(0, longest).toWellFormed(), [`${name}Src`]: MANUAL }

function photoFields({ item }: HeldItem): Fields {
  const place = placeOf(item)
  const time = recordedTime(item)
  const caption = captionText(item.caption)
  const taken = time === undefined ? undefined : new Date(time.local + (time.offset ?? 'Z'))
  const keywords = flatKeywords(item)
  return {
    UID: uid('p', item.imageKey),
    Type: item.isVideo ? 'video' : 'image',
    ...(time !== undefined &&
      taken !== undefined &&
      !Number.isNaN(taken.getTime()) && {
        TakenAt: seconds(taken.toISOString()),
        TakenAtLocal: `${time.local.slice(0, 19)}Z`,
        TakenSrc: 'meta',
      }),
    ...worded('Title', item.title, 200),
    // Older versions call it Description.
    ...worded('Caption', caption, 4096),
    ...worded('Description', caption, 4096),
    ...(item.hidden === true && { Private: true }),
    ...(place !== undefined && { Lat: place.latitude, Lng: place.longitude, PlaceSrc: MANUAL }),
    ...(place !== undefined && item.altitude !== undefined && item.altitude !== 0 && { Altitude: Math.round(item.altitude) }),
    ...(keywords.length > 0 && { Details: worded('Keywords', keywords.join(', '), 2048) }),
  }
}

const seconds = (iso: string): string => iso.replace(/\.\d+Z$/, 'Z')

function albumFields(
  { head }: WholeAlbum,
  {
    number,
    name,
    description,
    members,
  }: { readonly number: string; readonly name: string; readonly description: string; readonly members: readonly HeldItem[] },
): Fields {
  return {
    UID: number,
    Slug: slug(head.urlPath) || number,
    Type: 'album',
    Title: name.slice(0, 255).toWellFormed(),
    Description: description === '' ? undefined : description,
    Order: 'oldest',
    // A missing or unknown setting counts as private.
    Private: head.smugmug.Privacy === 'Public' ? undefined : true,
    Photos: [...new Set(members.map(({ item }) => item.imageKey))].map((key) => ({ UID: uid('p', key) })),
  }
}

/** Returns a path in the letters that an address of PhotoPrism may have. */
const slug = (path: string): string =>
  path
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80)
