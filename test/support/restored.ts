/** Accounts that go back to SmugMug, and what must be equal afterwards. */
import type { TestContext } from 'node:test'
import { md5Of } from '../../simulator/bytes.ts'
import { albumsOf, placementsOf } from '../../simulator/edit.ts'
import { startSimulator } from '../../simulator/simulator.ts'
import type { Behaviour, Simulator, World, WorldAlbum, WorldNode } from '../../simulator/world.ts'
import { albumNode, collected, folder, photo, video } from '../../simulator/worlds/make.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { type RestoreRequest, runRestore } from '../../src/app/restore.ts'
import type { Settings } from '../../src/config/settings.ts'
import type { Event } from '../../src/events.ts'
import type { Lab } from './lab.ts'

/** Waits that a test can wait. */
const BOUNDS = { waits: [5, 20, 40, 80] }

/** Opens a second account, empty, that a vault can go back into. */
export const openTarget = async (t: TestContext, lab: Lab, behaviour: Behaviour = {}, world = emptyOf(lab.world)) => {
  const target = await startSimulator(world, {
    ...behaviour,
    writing: { permission: 'Modify', reads: readsOf(lab.world), ...behaviour.writing },
  })
  t.after(() => target.close())
  const restore = async ({
    settings,
    ...more
  }: Partial<Omit<RestoreRequest, 'settings'>> & { readonly settings?: Partial<Settings> } = {}) => {
    const { apiKey, apiSecret, userToken, userSecret } = lab.world.keys
    const request = lab.work({ settings: { baseUrl: target.apiUrl, apiKey, apiSecret, writeToken: userToken, writeSecret: userSecret } })
    const outcome = await runRestore({ ...request, settings: { ...request.settings, ...settings }, bounds: BOUNDS, ...more })
    return { ...outcome, events: request.events as readonly Event[] }
  }
  return { target, restore }
}

/** Returns the changes that were sent to SmugMug, by name. */
export const changesOf = ({ requests }: Simulator): readonly string[] =>
  requests.filter(({ method }) => method !== 'GET').map(({ endpoint }) => endpoint)

/** Returns an account of the same keys without anything in it. */
export const emptyOf = (world: World): World => ({ ...world, nickName: 'other', name: 'Another', root: [] })

/** Lets the second SmugMug read the camera's time out of files, as the first one did. */
export const readsOf = (world: World) => {
  const times = new Map(
    albumsOf(world).flatMap((album) => placementsOf(album).map(({ image }) => [md5Of(image.bytes), image.capturedLocal] as const)),
  )
  return (md5: string) => {
    const capturedLocal = times.get(md5)
    return capturedLocal === undefined ? undefined : { capturedLocal }
  }
}

/** Describes all of an account that a restore must bring back, without keys and dates. */
export const describeWorld = (world: World) => {
  const nodes = (list: readonly WorldNode[], above: string): readonly unknown[] =>
    list.flatMap((node) => {
      if (node.type === 'Folder') {
        const path = `${above}/${node.urlName}`
        return [
          {
            path,
            name: node.name,
            privacy: node.privacy ?? 'Public',
            description: node.description ?? '',
            security: [node.fields?.SecurityType ?? 'None', node.fields?.Password ?? '', node.fields?.PasswordHint ?? ''],
          },
          ...nodes(node.children, path),
        ]
      }
      if (node.type !== 'Album') return []
      const { album } = node
      const { urlName, name, privacy = 'Public', securityType = 'None', password = '', description = '' } = album
      const items = placementsOf(album).map(({ image, collected = false }) => ({
        fileName: image.fileName,
        md5: md5Of(image.bytes),
        title: image.title ?? '',
        caption: image.caption ?? '',
        keywords: image.keywords ?? [],
        hidden: image.hidden ?? false,
        place: [Number(image.latitude ?? 0), Number(image.longitude ?? 0)],
        captured: image.capturedLocal,
        collected,
      }))
      // Any other order is made by SmugMug itself.
      const isManual = album.sortMethod === 'Position'
      const ordered = isManual ? items : items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      const settings = {
        keywords: album.keywords ?? '',
        sort: [album.sortMethod ?? 'DateTimeOriginal', album.sortDirection ?? 'Ascending'],
        guards: [album.fields?.AllowDownloads ?? true, album.fields?.Watermark ?? false, album.fields?.EXIF ?? true],
        comments: album.fields?.Comments ?? true,
        cover: coverOf(album),
      }
      return [{ path: `${above}/${urlName}`, name, privacy, securityType, password, description, settings, items: ordered }]
    })
  return nodes(world.root, '')
}

const shared = photo('shared', { latitude: '-33.5', longitude: '151.25' })

/** A world with all that can go back. */
export const richWorld = (): World => ({
  ...smallWorld(),
  root: [
    folder('Clients', [
      albumNode('Wedding', [photo('w1'), photo('w2', { hidden: true }), video('dance')], {
        privacy: 'Unlisted',
        securityType: 'Password',
        password: 'rice-and-rain',
        sortMethod: 'Position',
        fields: { AllowDownloads: false, Watermark: true },
      }),
      folder('Deep', [folder('Deeper', [albumNode('Bottom', [photo('bottom')])])], { privacy: 'Private' }),
    ]),
    folder('Пустая папка', [], { urlName: 'Empty', privacy: 'Unlisted', description: 'nothing here' }),
    albumNode(
      '山の写真',
      [photo('山', { fileName: '山の朝.jpg', title: 'עברית', caption: 'two\nlines & <b>bold</b>', keywords: ['a b', 'ü'] })],
      {
        urlName: 'Mountains',
        privacy: 'Private',
      },
    ),
    albumNode(
      'Same',
      [photo('a', { fileName: 'IMG.jpg' }), photo('b', { fileName: 'IMG.jpg' }), photo('a2', { ...photo('a'), key: 'SameBy2' })],
      { sortMethod: 'Position' },
    ),
    folder(
      'Locked',
      [albumNode('Inside', [photo('inside', { fileName: 'party 🎉.jpg', caption: '🎈 100 % "fun"' })]), albumNode('Hollow', [])],
      { fields: { SecurityType: 'Password', Password: 'folder-word', PasswordHint: 'the dog' } },
    ),
    albumNode('Norway 2019', [photo('nameless', { fileName: '' }), photo('n2', { title: '<b>"x"</b>\nand more' })], {
      urlName: '2019-trip',
      keywords: 'sea; boat',
    }),
    albumNode('Second trip', [collected(shared), photo('t1')], { urlName: 'trip', sortMethod: 'FileName', sortDirection: 'Descending' }),
    albumNode('Third', [collected(shared), collected(photo('w1'))], { privacy: 'Private' }),
    albumNode('Home of the shared', [shared, photo('cover')], {
      fields: { HighlightAlbumImageUri: `/api/v2/album/x/image/${photo('cover').key}-0`, Comments: false, EXIF: false },
    }),
    ...smallWorld().root,
  ],
})

/** Returns the name of an album's cover; of an album without one of its own, that of its first photo. */
const coverOf = (album: WorldAlbum): string | undefined => {
  const key = /image\/([^-]+)/.exec(String(album.fields?.HighlightAlbumImageUri ?? ''))?.[1]
  const images = placementsOf(album).map(({ image }) => image)
  return (images.find((image) => image.key === key) ?? images[0])?.fileName
}

/** Returns the items of an account that a stranger can see, each with its album: neither it nor anything above it is closed. */
export const seenByStrangers = (world: World): ReadonlySet<string> => {
  const seen = new Set<string>()
  const isOpen = ({ privacy = 'Public', securityType = 'None' }: { readonly privacy?: unknown; readonly securityType?: unknown }) =>
    privacy !== 'Private' && securityType === 'None'
  const visit = (nodes: readonly WorldNode[]): void => {
    for (const node of nodes) {
      if (node.type === 'Folder' && isOpen({ privacy: node.privacy, securityType: node.fields?.SecurityType })) visit(node.children)
      if (node.type !== 'Album' || !isOpen(node.album)) continue
      for (const { image } of placementsOf(node.album)) if (image.hidden !== true) seen.add(`${node.album.name}: ${image.fileName}`)
    }
  }
  visit(world.root)
  return seen
}
