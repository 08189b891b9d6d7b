/** Makes a vault of any size without its photos: the catalogue, the records, and a list in which each photo has its thumbnail already. */
import { hash } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { openVaultAt } from '../src/app/app.ts'
import { thumbnailPath } from '../src/twin/format.ts'
import type { Catalogue } from '../src/vault/catalogue/catalogue.ts'
import { inHome } from '../src/vault/home/home.ts'
import { layout } from '../src/vault/layout.ts'
import { albumHead, itemLine, renderAlbumRecord } from '../src/vault/record/album-record.ts'
import { renderTree, type TreeFacts } from '../src/vault/record/tree-record.ts'
import { Shown } from '../src/vault/shown.ts'

/** The size of a vault. */
export interface TwinVaultSize {
  readonly albums: number
  readonly images: number
  /** The newest items that have a real thumbnail on the disk. */
  readonly thumbnails: number
}

/** The newest year, and the number of years: the last has thrice the albums of the first. */
const [NEWEST, YEARS] = [2025, 25]

const LETTERS = 'etaoinshrdlcumwfgypbvk'

/** Returns a number from 0 to 1 that depends on nothing but the seed. */
const chance = (seed: number): number => {
  const mixed = Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d)
  const more = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39)
  return ((more ^ (more >>> 15)) >>> 0) / 2 ** 32
}

/** The words that people write: 20,000, of which few are frequent. */
const WORDS = Array.from({ length: 20_000 }, (_, n) =>
  Array.from({ length: 3 + Math.floor(chance(n) * 7) }, (_letter, at) => LETTERS[Math.floor(chance(n * 31 + at) * LETTERS.length)]).join(
    '',
  ),
)

const words = (seed: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => WORDS[Math.floor(WORDS.length ** chance(seed * 13 + n)) - 1] ?? 'sun')

const digits = (number: number, length: number): string => number.toString(36).padStart(length, '0')

/** Makes the vault in an empty folder. Returns the folder of the newest album. */
export async function makeTwinVault(root: string, size: TwinVaultSize): Promise<string> {
  const vault = await openVaultAt(root, { mode: 'write', operation: 'backup' })
  const shown = Shown.open(inHome(vault.home, 'shown'))
  const links = await makeThumbnails(root)
  let folder = ''
  try {
    const nodes: TreeFacts[] = [node('root', undefined, { Type: 'Folder', Name: '', UrlPath: '/', UrlName: '' })]
    for (let album = 0; album < size.albums; album += 1) {
      folder = putAlbum({ root, size, album, nodes, catalogue: vault.catalogue, shown, links })
    }
    vault.catalogue.setMeta('account', 'archive')
    writeFileSync(join(root, layout.tree), [...renderTree({ nickName: 'archive', name: 'Large Archive' }, nodes)].join(''))
    shown.flush()
  } finally {
    shown.close()
    await vault.close()
  }
  return folder
}

interface Making {
  readonly root: string
  readonly size: TwinVaultSize
  readonly album: number
  readonly nodes: TreeFacts[]
  readonly catalogue: Catalogue
  readonly shown: Shown
  readonly links: readonly string[]
}

function putAlbum(making: Making): string {
  const { root, size, album, nodes, catalogue } = making
  const share = album / size.albums
  // The integral of a rate that grows from 1 to 3, turned around.
  const time = (Math.sqrt(1 + 8 * share) - 1) / 2
  const [year, month] = [NEWEST - YEARS + 1 + Math.floor(time * YEARS), 1 + (Math.floor(time * YEARS * 12) % 12)]
  const name = `${words(album + 7, 2).join(' ')} ${album + 1}`
  const [urlName, parent] = [name.replaceAll(' ', '-'), `F${year}`]
  const folder = `${year}/${urlName}`
  if (!nodes.some(({ nodeId }) => nodeId === parent))
    nodes.push(node(parent, 'root', { Type: 'Folder', Name: String(year), UrlPath: `/${year}`, UrlName: String(year) }))
  const key = `A${digits(album, 5)}`
  nodes.push({
    ...node(`N${digits(album, 5)}`, parent, { Type: 'Album', Name: name, UrlPath: `/${folder}`, UrlName: urlName }),
    ...{ albumKey: key, folder },
  })
  const row = { ...ALBUM, key, nodeId: `N${digits(album, 5)}`, name, urlPath: `/${folder}`, folder, imageCount: size.images }
  catalogue.putAlbum(row)
  const raw = {
    Name: name,
    Privacy: 'Public',
    SecurityType: 'None',
    HighlightAlbumImageUri: `/api/v2/album/${key}/image/${imageKey(making, 0)}-0`,
  }
  const lines = Array.from({ length: size.images }, (_, at) => putItem(making, { albumKey: key, at, year, month }))
  mkdirSync(join(root, folder), { recursive: true })
  putRecord(root, catalogue, { path: `${folder}/album.json`, text: [...renderAlbumRecord(albumHead(row, raw), lines)].join('') })
  return folder
}

const ALBUM = {
  ...{ lastUpdated: '2024-05-01T10:00:00+00:00', imagesLastUpdated: '2024-05-01T10:00:00+00:00' },
  ...{ listedAt: Date.UTC(2025, 0), vanishedAt: undefined },
}

const node = (nodeId: string, parentId: string | undefined, raw: Readonly<Record<string, string>>): TreeFacts => ({
  nodeId,
  ...(parentId !== undefined && { parentId }),
  type: raw.Type ?? 'Folder',
  raw: () => ({ ...raw, Description: '', Privacy: 'Public', SecurityType: 'None' }),
})

const imageKey = ({ album, size }: Making, at: number): string => `i${digits(album * size.images + at, 6)}`

/** Notes an item in the catalogue, its thumbnail in the list. Returns its line for the record. */
function putItem(
  making: Making,
  place: { readonly albumKey: string; readonly at: number; readonly year: number; readonly month: number },
): string {
  const { catalogue, shown, size, album, root, links } = making
  const { albumKey, at, year, month } = place
  const number = album * size.images + at
  const key = imageKey(making, at)
  const name = `DSC${String(number % 100_000).padStart(5, '0')}.jpg`
  const [md5, sha256] = [hash('md5', key), hash('sha256', key)]
  const bytes = 6_000_000 + (number % 4_000_000)
  const row = {
    ...{ albumKey, imageKey: key, serial: 0, position: at, fileName: name, collected: false, state: 'held' as const, reason: undefined },
    ...{ wanted: name, name, vanishedAt: undefined },
  }
  const file = {
    ...{ albumKey, imageKey: key, component: '', name, size: bytes, md5, sha256, grade: 'original' as const, serial: 0 },
    ...{ toldSize: bytes, toldMd5: md5, state: 'held' as const, captured: undefined },
  }
  catalogue.putItem(row)
  catalogue.putFile(file)
  const [width, height] = chance(number + 5) < 0.25 ? [3024, 4032] : [4032, 3024]
  const small = width > height ? { width: 480, height: 360 } : { width: 270, height: 360 }
  shown.pictures.put(md5, { kind: 'thumbnail', ...small, way: 'sharp' })
  const path = join(root, layout.twinFiles, thumbnailPath(md5))
  const link = links[number % links.length]
  if (size.albums * size.images - number <= size.thumbnails && link !== undefined) linkSync(link, path)
  const day = `${year}-${String(month).padStart(2, '0')}-${String(1 + (album % 27)).padStart(2, '0')}`
  const taken = `${day}T${String(8 + (Math.floor(at / 60) % 12)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}:${String(number % 60).padStart(2, '0')}`
  const hasWords = chance(number) < 0.5
  const hasPlace = chance(number + 1) < 0.6
  const said = {
    ...{ imageKey: key, serial: 0, position: at, fileName: name, collected: false, isVideo: false, format: 'JPG' },
    title: hasWords ? words(number, 3).join(' ') : '',
    caption: chance(number + 2) < 0.25 ? words(number + 3, 9).join(' ') : '',
    keywordArray: hasWords ? words(number + 4, 3) : [],
    keywords: '',
    ...{ dateTimeOriginal: `${taken}+00:00`, dateTimeUploaded: ALBUM.lastUpdated, lastUpdated: ALBUM.lastUpdated, hidden: false },
    latitude: hasPlace ? (35 + 25 * chance(album)).toFixed(6) : '0',
    longitude: hasPlace ? (-10 + 40 * chance(album + 1) + chance(number)).toFixed(6) : '0',
  }
  const raw = {
    ...ANSWER,
    FileName: name,
    ImageKey: key,
    OriginalWidth: width,
    OriginalHeight: height,
    DateTimeOriginal: said.dateTimeOriginal,
  }
  return itemLine(said, row, [{ ...file, captured: taken }], { raw: JSON.stringify(raw), extras: undefined })
}

/** The part of SmugMug's answer that is the same for all items here: as long as it is in truth. */
const ANSWER = {
  ...{ Watermark: 'No', Altitude: 0, Hidden: false, Processing: false, UploadKey: '9196191170', Format: 'JPG', Collectable: true },
  ThumbnailUrl: 'https://photos.smugmug.com/Shelf-1/Album-00001/i-i000001/0/9583kp8QZ9h2c3qVFDXrBpXhmMnsVPnLhr7CdC7rf/Th/IMG_00002-Th.jpg',
  ArchivedUri: 'https://photos.smugmug.com/Shelf-1/Album-00001/i-i000001/0/8X7RmdGRJWSX8SSjf2pWkjkmK5rTfBRHFcRbDShCJ/D/IMG_00002-D.jpg',
  ...{ IsArchive: false, IsVideo: false, CanEdit: true, CanBuy: true, Protected: false, EZProject: false, Watermarked: false, Serial: 0 },
  ...{ Status: 'Open', SubStatus: 'NFS', CanShare: true, Comments: false, ShowKeywords: true, PreferredDisplayFileExtension: 'JPG' },
  Uris: Object.fromEntries(
    ['LargestImage', 'ImageSizeDetails', 'ImageAlbum', 'ImageDownload', 'ImageMetadata', 'AlbumImageMetadata', 'AlbumImageDownload'].map(
      (name) => [name, `/api/v2/image/i000001-0!${name.toLowerCase()}`],
    ),
  ),
}

/** Writes a record and notes it in the catalogue, as a backup does. */
function putRecord(root: string, catalogue: Catalogue, { path, text }: { readonly path: string; readonly text: string }): void {
  const file = join(root, path)
  writeFileSync(file, text)
  const { size, mtimeMs } = statSync(file)
  catalogue.records.put({ path, size, mark: String(Math.round(mtimeMs)), sha256: hash('sha256', text) })
}

/** Makes the thumbnails' folders, and sixty thumbnails about as large as those of photos. Returns their paths. */
async function makeThumbnails(root: string): Promise<readonly string[]> {
  for (let n = 0; n < 256; n += 1) {
    const digit = n.toString(16).padStart(2, '0').repeat(16)
    mkdirSync(dirname(join(root, layout.twinFiles, thumbnailPath(digit))), { recursive: true })
  }
  const paths: string[] = []
  const folder = join(root, '..', 'thumbnails')
  mkdirSync(folder, { recursive: true })
  for (let n = 0; n < 60; n += 1) {
    const create = { width: 60, height: 45, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 90 + n, sigma: 60 } } as const
    const path = join(folder, `${n}.webp`)
    await sharp({ create }).resize(480, 360).webp({ quality: 90, effort: 2 }).toFile(path)
    paths.push(path)
  }
  return paths
}

/** Changes an album's record as a backup does after somebody wrote captions: the first hundred have another, and one item is gone. */
export async function changeTwinVault(root: string, folder: string): Promise<void> {
  const vault = await openVaultAt(root, { mode: 'write', operation: 'backup' })
  try {
    const path = `${folder}/album.json`
    let left = 100
    const before = readFileSync(join(root, path), 'utf8')
    const changed = before.replace(/"caption":"(?:[^"\\]|\\.)*"/g, (same) => {
      left -= 1
      return left >= 0 ? `"caption":"Written at ${Date.now()} about number ${left}"` : same
    })
    putRecord(root, vault.catalogue, { path, text: changed.replace(/\n\{"imageKey"[^\n]*,\n/, '\n') })
  } finally {
    await vault.close()
  }
}
