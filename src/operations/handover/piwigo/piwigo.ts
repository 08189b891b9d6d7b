import { createHash } from 'node:crypto'
import { parse } from 'node:path'
import type { RecordedNode } from '../../../vault/reading/tree.ts'
import { captionText } from '../../../vault/record/caption-text.ts'
import { recordedTime } from '../../../vault/record/recorded-time.ts'
import { type AlbumFacts, albumFacts, oneLine } from '../albums.ts'
import { type HeldItem, heldItems } from '../held.ts'
import { type HandoverRun, type WholeAlbum, wholeAlbums } from '../job.ts'
import { flatKeywords } from '../keywords.ts'
import { PIWIGO_SCRIPT } from '../texts/piwigo.ts'
import { PIWIGO_README } from '../texts/piwigo-readme.ts'
import { type Seen, seenTree } from '../view.ts'
import { descriptionHtml, nameHtml, Tags, uploadName } from './words.ts'

/**
 * Writes a script for Piwigo's API, and the lists that it reads: folders and albums, each after the folder that it is in; the tags; and
 * items with their files and words. Names are in the lists alone; the script is the same for every vault.
 */
export async function preparePiwigo(run: HandoverRun): Promise<void> {
  const { files, vault } = run
  const seen = await seenTree(run)
  const factsOf = albumFacts(run)
  const sheets = {
    albums: await files.sheet('albums.jsonl'),
    tags: await files.sheet('tags.jsonl'),
    items: await files.sheet('items.jsonl'),
  }
  const tags = new Tags()
  const albums = new Map<string, AlbumLine>()
  for await (const album of wholeAlbums(run)) {
    const facts = factsOf(album)
    const held = await heldItems(run, album)
    albums.set(album.head.key, albumLine(album, { facts, items: held.length, isOpen: seen.view.albums.has(album.head.key) }))
    for (const [index, each] of held.entries()) {
      const { item } = each
      const line = {
        album: facts.id,
        ...lineOf(each),
        tags: tags.keysOf(flatKeywords(item)),
        rank: index + 1,
        ...(item.imageKey === facts.cover && { cover: true }),
      }
      await sheets.items.write(`${JSON.stringify(line)}\n`)
    }
    run.counts.albums += 1
    run.counts.items += held.length
  }
  for (const line of inTree(seen, albums)) await sheets.albums.write(`${JSON.stringify(line)}\n`)
  for (const line of tags.lines()) await sheets.tags.write(line)
  await files.folder('', [
    { path: 'import.sh', text: PIWIGO_SCRIPT },
    { path: 'vault.txt', text: `${vault.location}\n` },
    { path: 'README.txt', text: PIWIGO_README },
  ])
}

/** A folder or an album for Piwigo, which has one kind of them. */
interface AlbumLine {
  readonly id: string
  /** The folder that it is in; absent: none. */
  readonly parent?: string
  readonly name: string
  readonly comment?: string
  readonly private: boolean
  readonly items: number
  /** Its path at SmugMug, for people. */
  readonly path: string
}

function albumLine(
  { head }: WholeAlbum,
  { facts, items, isOpen }: { readonly facts: AlbumFacts; readonly items: number; readonly isOpen: boolean },
): AlbumLine {
  const comment = descriptionHtml(facts.description)
  return {
    id: facts.id,
    name: nameHtml(head.name) || nameHtml(head.urlPath) || '-',
    ...(comment !== '' && { comment }),
    private: !isOpen,
    items,
    path: oneLine(head.urlPath),
  }
}

/** Yields folders and albums in SmugMug's order. An album that the tree does not name stands at the end, in no folder. */
function* inTree({ tree, view }: Seen, albums: ReadonlyMap<string, AlbumLine>): Generator<AlbumLine> {
  const open = new Set(view.tree === undefined ? [] : keysBelow(view.tree.root))
  const left = new Map(albums)
  function* visit(node: RecordedNode, parent: string | undefined): Generator<AlbumLine> {
    const above = parent === undefined ? {} : { parent }
    const album = node.albumKey === undefined ? undefined : left.get(node.albumKey)
    if (album !== undefined && node.albumKey !== undefined) {
      left.delete(node.albumKey)
      yield { ...album, ...above }
    }
    if (node.albumKey !== undefined) return
    let within = parent
    if (node.type === 'Folder') {
      const line = folderLine(node, open.has(keyOf(node)))
      within = line.id
      yield { ...line, ...above }
    }
    for (const child of node.children) yield* visit(child, within)
  }
  for (const child of tree?.root.children ?? []) yield* visit(child, undefined)
  yield* left.values()
}

const keyOf = ({ nodeId, urlPath, name }: RecordedNode): string => nodeId ?? urlPath ?? name ?? ''

function* keysBelow(node: RecordedNode): Generator<string> {
  yield keyOf(node)
  for (const child of node.children) yield* keysBelow(child)
}

function folderLine(node: RecordedNode, isOpen: boolean): AlbumLine {
  const comment = descriptionHtml(captionText(node.description ?? ''))
  return {
    id: createHash('sha256')
      .update(`folder ${keyOf(node)}`)
      .digest('hex')
      .slice(0, 16),
    name: nameHtml(node.name ?? '') || nameHtml(node.urlPath ?? '') || '-',
    ...(comment !== '' && { comment }),
    private: !isOpen,
    items: 0,
    path: oneLine(node.urlPath ?? node.name ?? ''),
  }
}

function lineOf({ item, path, name, md5, companions }: HeldItem) {
  const taken = takenOf(item)
  const comment = descriptionHtml(captionText(item.caption))
  return {
    file: path,
    upload: uploadName(name),
    type: typeOf(name),
    md5,
    // Without a title Piwigo would take the file's name with each _ as a space.
    name: nameHtml(item.title) || nameHtml(parse(name).name),
    ...(comment !== '' && { comment }),
    ...(taken !== undefined && { taken }),
    ...(item.hidden === true && { hidden: true }),
    raw: companions.map((each) => ({ file: each.path, md5: each.md5, type: typeOf(each.path) })),
  }
}

/** Returns the ending of a file's name, without capitals and without the dot. */
const typeOf = (name: string): string => parse(name).ext.slice(1).toLowerCase()

/** Returns the time at which an item was taken, on the camera's clock, as Piwigo's database writes it. */
function takenOf(item: HeldItem['item']): string | undefined {
  const local = recordedTime(item)?.local.slice(0, 19) ?? ''
  const date = new Date(`${local}Z`)
  const isDate = /^[1-9]\d{3}-/.test(local) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(local)
  return isDate ? local.replace('T', ' ') : undefined
}
