import type { AlbumRow } from '../../vault/catalogue/rows.ts'
import { type AlbumPlan, planAlbum } from './plan.ts'
import type { CopyRun } from './run.ts'

/** Some albums of the first vault, with their plans. */
export interface Batch {
  readonly albums: readonly AlbumRow[]
  readonly plans: readonly AlbumPlan[]
}

/** Yields the albums of the first vault in batches, each planned only when its turn comes: memory does not grow with the vault. */
export function* batches({ from, to, bounds }: CopyRun): Generator<Batch> {
  let albums: AlbumRow[] = []
  let plans: AlbumPlan[] = []
  let size = 0
  for (const album of from.catalogue.albums()) {
    const own = to.catalogue.album(album.key)
    const files = from.catalogue.files(album.key)
    const copied = { folder: own?.folder ?? album.folder, files: to.catalogue.files(album.key) }
    albums.push(album)
    plans.push(planAlbum({ folder: album.folder, files }, copied))
    size += files.length
    if (size < bounds.batch) continue
    yield { albums, plans }
    albums = []
    plans = []
    size = 0
  }
  if (albums.length > 0) yield { albums, plans }
}
