import { changeNode, insertNode } from '../edit.ts'
import { renderEntity } from '../entity.ts'
import { type Atlas, idFrom, type Place } from '../lookup.ts'
import { nodeEntity } from '../objects/node.ts'
import type { Reply } from '../send.ts'
import type { Service } from '../service.ts'
import type { WorldNode } from '../world.ts'
import { album, urlNameOf } from '../worlds/make.ts'
import { type Asked, heard, json, notFound, problems } from './replies.ts'

const PLAIN_VIEW = { verbosity: 1, shortUris: false, expand: new Map() } as const

type Privacy = 'Public' | 'Unlisted' | 'Private'

/** Makes a folder or an album below a node (fact sheet 9.2). */
export function createNode(service: Service, { keys: [parentId = ''], body: sent }: Asked): Reply {
  const body = heard(service, sent)
  const { atlas } = service
  const parent = atlas.node(parentId)
  if (parent?.node.type !== 'Folder') return notFound()
  const wrong = objections(service, parent, body)
  if (wrong !== undefined) return wrong
  const { Name, UrlName, Type = 'Folder', Privacy = 'Unlisted', AutoRename } = body
  const name = String(Name)
  const wanted = UrlName === undefined ? urlNameOf(name) : String(UrlName)
  const urlName = freeName(parent, wanted, AutoRename === true)
  if (urlName === undefined) return problems(409, 'POST', { UrlName: ['Conflict'] })
  const nodeId = idFrom(`written ${name} ${service.serial()}`, 6)
  const facts = { name, urlName, nodeId, privacy: Privacy as Privacy }
  service.write(insertNode(atlas.world, nodeOf(Type === 'Album', facts, body), parentId === atlas.root.nodeId ? undefined : parentId))
  const made = service.atlas.node(nodeId)
  if (made === undefined) throw new Error('The node was made')
  const node = renderEntity(nodeEntity(service.context('owner'), made), PLAIN_VIEW, () => undefined)
  const uri = `/api/v2/node/${parentId}!children`
  return json(201, 'Created', { Response: { Uri: uri, Locator: 'Node', LocatorType: 'Object', Node: node } })
}

function nodeOf(
  isAlbum: boolean,
  facts: { readonly name: string; readonly urlName: string; readonly nodeId: string; readonly privacy: Privacy },
  body: Asked['body'],
): WorldNode {
  const { name, urlName, nodeId, privacy } = facts
  const description = String(body.Description ?? '')
  if (!isAlbum) return { type: 'Folder', nodeId, name, urlName, privacy, description, children: [], fields: settable(body) }
  const details = { key: idFrom(`album ${nodeId}`, 6), nodeId, urlName, privacy, description }
  const sort = {
    ...(typeof body.SortMethod === 'string' && { sortMethod: body.SortMethod }),
    sortDirection: String(body.SortDirection ?? 'Ascending'),
  }
  return { type: 'Album', album: album(name, [], { ...details, ...sort }) }
}

const SEARCHABLE = ['SmugSearchable', 'WorldSearchable']
const NODE_FIELDS = [
  ...['SortMethod', 'SortDirection', 'ShowCoverImage', 'PasswordHint', 'Keywords', 'SecurityType', 'Password', 'HideOwner'],
  ...SEARCHABLE,
]

/** Returns the fields of a folder that are kept as they were sent. */
export const settable = (body: Asked['body']): Record<string, unknown> =>
  Object.fromEntries(Object.entries(body).filter(([name]) => NODE_FIELDS.includes(name)))

function objections(service: Service, parent: Place, body: Asked['body']): Reply | undefined {
  const { Name, UrlName, Type = 'Folder', Privacy = 'Unlisted' } = body
  const wrong: Record<string, string[]> = {}
  if (typeof Name !== 'string' || Name === '') wrong.Name = ['Required parameter is missing']
  else if (Name.length > 254) wrong.Name = ['Too long']
  if (UrlName !== undefined && !/^[A-Z][A-Za-z0-9-]{0,59}$/.test(String(UrlName))) wrong.UrlName = ['Must start with a letter']
  if (!['Folder', 'Album'].includes(String(Type))) wrong.Type = ['Invalid option']
  if (!['Public', 'Unlisted', 'Private'].includes(String(Privacy))) wrong.Privacy = ['Invalid option']
  for (const name of SEARCHABLE) if (isWrong(name, body)) wrong[name] = ['Invalid option']
  const { folderDepth = 5 } = service.behaviour.writing ?? {}
  if (Type === 'Folder' && depthOf(parent) >= folderDepth) wrong.Type = ['Folders cannot be nested any deeper']
  return Object.keys(wrong).length > 0 ? problems(400, 'POST', wrong) : undefined
}

/** A folder may only be left out of searches, or follow its owner's settings (fact sheet 9.2). */
const isWrong = (name: string, body: Asked['body']): boolean =>
  body[name] !== undefined && !['No', 'Inherit from User'].includes(String(body[name]))

/** Returns the number of folders from the root to this one, without the root. */
function depthOf(place: Place): number {
  return place.parent === undefined ? 0 : depthOf(place.parent) + 1
}

function freeName(parent: Place, wanted: string, mayRename: boolean): string | undefined {
  const taken = new Set(parent.children.map(({ urlPath }) => urlPath.slice(urlPath.lastIndexOf('/') + 1).toLowerCase()))
  if (!taken.has(wanted.toLowerCase())) return wanted
  if (!mayRename) return undefined
  for (let at = 1; ; at += 1) if (!taken.has(`${wanted}-${at}`.toLowerCase())) return `${wanted}-${at}`
}

/** Changes a folder; of an album's node, the album (fact sheet 9.2). */
export function changeFolder(service: Service, atlas: Atlas, { keys: [nodeId = ''], body }: Asked): Reply {
  const [wrong] = SEARCHABLE.filter((name) => isWrong(name, body))
  if (wrong !== undefined) return problems(400, 'PATCH', { [wrong]: ['Invalid option'] })
  if (nodeId !== atlas.root.nodeId) {
    service.write(
      changeNode(atlas.world, nodeId, (node) => {
        if (node.type !== 'Folder') return [node]
        const { Name, UrlName, Description, Privacy } = body
        return [
          {
            ...node,
            ...(typeof Name === 'string' && { name: Name }),
            ...(typeof UrlName === 'string' && { urlName: UrlName }),
            ...(typeof Description === 'string' && { description: Description }),
            ...(typeof Privacy === 'string' && { privacy: Privacy as Privacy }),
            fields: { ...node.fields, ...settable(body) },
          },
        ]
      }),
    )
  }
  return json(200, 'Ok', { Response: { Uri: `/api/v2/node/${nodeId}`, Locator: 'Node', LocatorType: 'Object' } })
}
