import { inFolder } from '../../vault/layout.ts'
import { recordedTime } from '../../vault/record/recorded-time.ts'
import { describeFile, rdfDocument, xmpFacts } from '../../vault/record/xmp.ts'
import type { Recorded } from './export.ts'

/**
 * One RDF document with a description of every item in XMP's terms; `rdf:about` is the file's path in the vault as a URI reference.
 * Asks for items only as fast as the bytes are taken; an error of `items` comes through. The format: docs/sidecars.md.
 */
export async function* xmpOf(items: AsyncIterable<Recorded>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(rdfDocument.head)
  for await (const { album, folder, item } of items) {
    yield Buffer.from(describeFile(inFolder(folder, item.name), xmpFacts(album, item, recordedTime(item))))
  }
  yield Buffer.from(rdfDocument.foot)
}
