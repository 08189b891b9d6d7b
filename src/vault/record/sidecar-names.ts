import { parse } from 'node:path'
import type { Entry } from '../storage/storage.ts'

/**
 * Returns the name of a file's sidecar: `photo.jpg.xmp` (`append`) or `photo.xmp` (`replace`). With `replace` two files may share a
 * sidecar, such as a photo and its video: `mergeXmp` then leaves the first one's.
 */
export const sidecarName = (fileName: string, style: 'append' | 'replace'): string =>
  `${style === 'append' ? fileName : parse(fileName).name}.xmp`

/** Returns the names of the sidecars in a folder that lie beside no file at all, in either style. Capitals count. */
export function loneSidecars(entries: readonly Entry[]): readonly string[] {
  const isSidecar = (name: string): boolean => /\.xmp$/i.test(name)
  if (!entries.some(({ name }) => isSidecar(name))) return []
  const stemsOf = (name: string) => (isSidecar(name) ? [] : [name, parse(name).name])
  const stems = new Set(entries.flatMap(({ name }) => stemsOf(name).map((stem) => stem.normalize('NFC'))))
  const isLone = ({ name, kind }: Entry): boolean => kind === 'file' && isSidecar(name) && !stems.has(name.slice(0, -4).normalize('NFC'))
  return entries.filter(isLone).map(({ name }) => name)
}
