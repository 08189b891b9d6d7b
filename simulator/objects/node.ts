import { DEFAULT_DATE } from '../dates.ts'
import type { Entity, Fields } from '../entity.ts'
import type { Links } from '../links.ts'
import type { Place } from '../lookup.ts'
import { type Context, escapeHtml, siteOf, userUri } from './context.ts'

/** Returns `Node`: a folder, album or page in the tree (fact sheet 3.2). */
export function nodeEntity(context: Context, place: Place): Entity {
  const { node } = place
  const isOwner = context.viewer === 'owner'
  const fields = node.type === 'Album' ? undefined : node.fields
  return {
    fields: nodeFields(context, place),
    uri: `/api/v2/node/${place.nodeId}`,
    webUri: `${siteOf(context)}${place.urlPath === '/' ? '' : place.urlPath}`,
    description: 'Node with the given id.',
    links: () => nodeLinks(context, place),
    responseLevel: isOwner ? 'Full' : place.securityType === 'None' ? 'Public' : place.securityType,
    ...(fields === undefined ? {} : { overrides: fields }),
  }
}

interface Facts {
  readonly name: string
  readonly urlName: string
  readonly description: string
  readonly keywords: readonly string[]
  readonly modified: string
  readonly privacy: string
  readonly security: string
  readonly password: string
}

function factsOf(context: Context, place: Place): Facts {
  const { node } = place
  if (node.type === 'Album') {
    const album = context.atlas.album(place)
    return {
      name: album.name,
      urlName: album.urlName,
      description: album.description ?? '',
      keywords: (album.keywords ?? '').split('; ').filter((keyword) => keyword !== ''),
      // Follows the album's images within seconds (fact sheet 3.2).
      modified: album.imagesLastUpdated ?? album.lastUpdated ?? DEFAULT_DATE,
      privacy: album.privacy ?? 'Public',
      security: album.securityType ?? 'None',
      password: album.password ?? '',
    }
  }
  const isFolder = node.type === 'Folder'
  return {
    name: node.name,
    urlName: node.urlName,
    description: isFolder ? (node.description ?? '') : '',
    keywords: [],
    modified: DEFAULT_DATE,
    privacy: isFolder ? (node.privacy ?? 'Public') : 'Public',
    security: 'None',
    password: '',
  }
}

function nodeFields(context: Context, place: Place): Fields {
  const { node } = place
  const facts = factsOf(context, place)
  const isRoot = place.parent === undefined
  const isOwner = context.viewer === 'owner'
  return {
    Description: facts.description,
    ...(isOwner ? { HideOwner: false } : {}),
    Name: facts.name,
    Keywords: facts.keywords,
    ...(isOwner ? { Password: facts.password } : {}),
    PasswordHint: '',
    ...(isOwner ? { Privacy: facts.privacy } : {}),
    SecurityType: facts.security,
    ShowCoverImage: false,
    ...(isOwner ? { SmugSearchable: isRoot ? 'Yes' : 'Inherit from User' } : {}),
    SortDirection: 'Ascending',
    SortMethod: 'SortIndex',
    Type: node.type,
    UrlName: facts.urlName,
    ...(isOwner ? { WorldSearchable: isRoot ? 'Yes' : 'Inherit from User' } : {}),
    DateAdded: DEFAULT_DATE,
    DateModified: facts.modified,
    ...(isOwner ? { EffectivePrivacy: place.privacy } : {}),
    EffectiveSecurityType: place.securityType,
    FormattedValues: {
      Name: { html: escapeHtml(facts.name) },
      Description: { html: facts.description, text: facts.description.replaceAll(/<[^>]*>/g, '') },
    },
    // False for albums, even full ones.
    HasChildren: node.type === 'Folder' && node.children.length > 0,
    IsRoot: isRoot,
    NodeID: place.nodeId,
    ...(isRoot ? {} : { SortIndex: place.index }),
    UrlPath: place.urlPath,
  }
}

function nodeLinks(context: Context, place: Place): Links {
  const base = `/api/v2/node/${place.nodeId}`
  const { node } = place
  const links: (Links[number] | false)[] = [
    node.type === 'Album' && ['Album', `/api/v2/album/${node.album.key}`],
    node.type === 'Folder' && ['FolderByID', `/api/v2/folder/id/${place.nodeId}`],
    place.parent !== undefined && ['ParentNode', `${base}!parent`],
    ['ParentNodes', `${base}!parents`],
    ['User', userUri(context)],
    ['NodeCoverImage', `${base}!cover`],
    ['HighlightImage', `/api/v2/highlight/node/${place.nodeId}`],
    ['NodeComments', `${base}!comments`],
    node.type === 'Folder' && ['ChildNodes', `${base}!children`],
    context.viewer === 'owner' && ['NodeGrants', `${base}!grants`],
  ]
  return links.filter((link) => link !== false)
}
