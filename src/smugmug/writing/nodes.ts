import * as v from 'valibot'
import { RequestError } from '../../errors.ts'
import { isObject } from '../../model.ts'
import type { MadeNode } from '../account-writer.ts'
import { entriesOf, pageFacts } from '../reading/decode.ts'
import { filledText, known, links, text } from '../reading/fields.ts'
import { readPages } from '../reading/paging.ts'
import type { Http } from '../wire/http.ts'

const NODE = v.object({ NodeID: filledText, Type: text, Name: text, UrlName: text, UrlPath: text, Uris: links })

/** Reads a node; undefined when it has no identity. */
export const decodeMade = (value: unknown): MadeNode | undefined => {
  const parsed = v.safeParse(NODE, value)
  if (!parsed.success || !isObject(value)) return undefined
  const { NodeID, Type = '', Name = '', UrlName = '', UrlPath = '', Uris = {} } = parsed.output
  if (NodeID === undefined) return undefined
  const albumKey = /\/album\/([^/!?]+)/.exec(Uris.Album ?? '')?.[1]
  return known({ nodeId: NodeID, type: Type, name: Name, urlName: UrlName, urlPath: UrlPath, albumKey, raw: value })
}

/** Lists the children of a folder. Throws `RequestError` when the list may lack some. */
export async function listChildren(http: Http, uri: string, signal: AbortSignal | undefined): Promise<readonly MadeNode[]> {
  const listed = await readPages<MadeNode>({
    what: 'a folder',
    atOnce: 2,
    keyOf: ({ nodeId }) => nodeId,
    read: async (start) => {
      const query = { count: '100', start: String(start), _verbosity: '1' }
      const { response } = await http.json(uri, { query, signal })
      return { ...pageFacts(response), entries: entriesOf(response, 'Node').map(decodeMade) }
    },
  })
  const { entries, unreadable, total = entries.length } = listed
  if (unreadable > 0 || total !== entries.length) {
    throw new RequestError(`a folder has ${entries.length} readable entries, and SmugMug counts ${total}`, { transient: true })
  }
  return entries
}
