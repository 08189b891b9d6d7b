import { realpath } from 'node:fs/promises'
import { isAbsolute, relative, sep } from 'node:path'
import { followLinks } from '../config/whole-file.ts'
import { ConfigurationError } from '../errors.ts'
import { inFolder, isOwnRecord, layout, OURS, PAGE, splitPath } from '../vault/layout.ts'
import { foldName } from '../vault/naming/safe-path.ts'
import type { Vault } from '../vault/vault.ts'

/**
 * Refuses a file that a person names for output when it is one that a vault needs: a held photo or video, a record, a page of the twin, or
 * anything in the program's own folder of this or another vault. Other files may lie in the vault, and so may `metadata.csv`, which is an export.
 * Throws `ConfigurationError`.
 */
export async function refuseVaultFile({ location, catalogue }: Pick<Vault, 'location' | 'catalogue'>, output: string): Promise<void> {
  const place = await followLinks(output)
  const root = await realpath(location).catch(() => location)
  const path = relative(root, place).split(sep).join('/')
  const { folder, name } = splitPath(path)
  const isHeld = (): boolean => {
    const [wantedFolder, wantedName] = [folder, name].map(foldName)
    return catalogue
      .albums()
      .some(
        (album) => foldName(album.folder) === wantedFolder && catalogue.files(album.key).some((file) => foldName(file.name) === wantedName),
      )
  }
  const isPage = name === PAGE || path === layout.notFound || path.startsWith(inFolder(layout.twinFiles, ''))
  const isInside = !isAbsolute(path) && !path.startsWith('../')
  const isNeeded = isInside && path !== layout.metadataCsv && (isOwnRecord(path) || isPage || isHeld())
  if (!isNeeded && !place.split(sep).includes(OURS)) return
  throw new ConfigurationError(`${output} is a file of the vault, and must not be replaced.`, {
    hint: 'Name another file, best outside of the vault.',
  })
}
