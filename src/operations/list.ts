import { albumLabel } from '../events.ts'
import type { Account } from '../smugmug/account.ts'
import type { Catalogue } from '../vault/catalogue/catalogue.ts'
import type { Selection } from './backup/job.ts'

/** An album, as `list` shows it. */
export interface AlbumLine {
  /** Its `UrlPath`. */
  readonly path: string
  readonly key: string
  /** SmugMug's own count; 0 where it does not tell. */
  readonly items: number
  /** Of the originals, where SmugMug tells (owners only). */
  readonly bytes?: number
  readonly held: number
  readonly missing: number
}

/** What a backup would hold: the album list alone, no album is listed, nothing is downloaded. */
export async function listAccount(job: {
  readonly account: Account
  readonly catalogue?: Catalogue | undefined
  readonly selection?: Selection | undefined
  readonly signal: AbortSignal
}): Promise<readonly AlbumLine[]> {
  const albums = await job.account.albums(job.signal)
  const chosen = job.selection === undefined ? albums : albums.filter((album) => job.selection?.album(album))
  return chosen
    .toSorted((a, b) => (a.urlPath < b.urlPath ? -1 : 1))
    .map((album) => {
      const items = album.imageCount ?? 0
      const states = job.catalogue?.countStates(album.key) ?? {}
      const settled = (states.held ?? 0) + (states.elsewhere ?? 0) + (states.impossible ?? 0)
      const held = Math.min(items, (states.held ?? 0) + (states.elsewhere ?? 0))
      const bytes = album.raw.OriginalSizes
      return {
        path: albumLabel(album),
        key: album.key,
        items,
        held,
        missing: Math.max(0, items - settled),
        ...((typeof bytes === 'number' || typeof bytes === 'string') && Number.isFinite(Number(bytes)) && { bytes: Number(bytes) }),
      }
    })
}
