import { inFolder } from '../../vault/layout.ts'
import { recordedTime } from '../../vault/record/recorded-time.ts'
import { describeFile, rdfDocument, xmpFacts } from '../../vault/record/xmp.ts'
import type { Recorded } from './export.ts'

/**
 * Writes one RDF document that describes every item in XMP's terms; `rdf:about` is the file's path in the vault as a URI reference.
 * Reads items only as fast as its bytes are read; an error of `items` is passed on. The format: docs/sidecars.md.
 */
export async function* xmpOf(items: AsyncIterable<Recorded>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(rdfDocument.head)
  for await (const { album, folder, item } of items) {
    yield Buffer.from(describeFile(inFolder(folder, item.name), xmpFacts(album, item, recordedTime(item))))
  }
  yield Buffer.from(rdfDocument.foot)
}
