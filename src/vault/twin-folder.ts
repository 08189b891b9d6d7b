import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { layout } from './layout.ts'
import type { Vault } from './vault.ts'
import { WrittenFiles } from './written-files.ts'

const FOLDERS = ['', '/data', '/thumbs', '/previews', '/posters'].map((below) => layout.twinFiles + below)

/**
 * Returns the first of the twin's own folders in whose place something else stands. A link counts: the twin writes nothing through it, because
 * it may lead out of the vault.
 */
export const inTheWayOfTwin = (root: string): string | undefined =>
  FOLDERS.find((path) => lstatSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() === false)

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
