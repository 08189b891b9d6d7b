import { lstatSync } from 'node:fs'
import { layout } from './layout.ts'
import type { Storage } from './storage/storage.ts'
import type { Vault } from './vault.ts'
import { WrittenFiles } from './written-files.ts'

const FOLDERS = ['', '/data', '/thumbs', '/previews', '/posters'].map((below) => layout.twinFiles + below)

/**
 * Returns the first of the twin's own folders in whose place something else stands. A link counts: the twin writes nothing through it, because
 * it may lead out of the vault. Nothing is in the way in a storage that does not lie on this computer: it has no folders.
 */
export const inTheWayOfTwin = (storage: Storage): string | undefined =>
  FOLDERS.find((path) => {
    const file = storage.pathOf?.(path)
    return file !== undefined && lstatSync(file, { throwIfNoEntry: false })?.isDirectory() === false
  })

/** Returns the paths of the twin's pages: they lie among the photos, and are no strays. */
export function pagesOfTwin(vault: Vault): ReadonlySet<string> {
  const files = WrittenFiles.look(vault)
  if (files === undefined) return new Set()
  try {
    return new Set(files.paths({ besides: layout.twinFiles }))
  } finally {
    files.close()
  }
}
