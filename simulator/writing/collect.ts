import { collectImage } from '../edit.ts'
import type { Reply } from '../send.ts'
import type { Service } from '../service.ts'
import { type Asked, json, notFound, problems } from './replies.ts'

/**
 * Collects images into an album: what is there already is passed over in silence; one refused address makes the answer a 400, while the
 * others are collected (fact sheet 9.3).
 */
export function collectImages(service: Service, { keys: [albumKey = ''], body }: Asked): Reply {
  if (service.atlas.albumPlace(albumKey) === undefined) return notFound()
  if (typeof body.CollectUris !== 'string') return problems(400, 'POST', { CollectUris: ['Required parameter is missing'] })
  const refused: Record<string, readonly string[]> = {}
  const { notCollectable = [] } = service.behaviour.writing ?? {}
  let world = service.atlas.world
  for (const uri of body.CollectUris.split(',')) {
    const key = /\/image\/([^/]+?)(?:-\d+)?$/.exec(uri.trim())?.[1] ?? ''
    const found = service.atlas.image(key)
    if (found === undefined) refused[uri] = ['Not found']
    else if (notCollectable.includes(key)) refused[uri] = ['Not collectable']
    else if (!found.places.some(({ place }) => place.node.type === 'Album' && place.node.album.key === albumKey)) {
      world = collectImage(world, key, albumKey)
    }
  }
  service.write(world)
  const Response = { Uri: `/api/v2/album/${albumKey}!collectimages`, EndpointType: 'CollectImages' }
  if (Object.keys(refused).length === 0) return json(200, 'Ok', { Response })
  const parameter = { Name: 'CollectUris', Required: true, ReadOnly: false, Type: 'Uris', UriProblems: refused }
  return json(400, 'Bad Request', { Options: { Methods: ['POST'], Parameters: { POST: [parameter] } }, Response })
}
