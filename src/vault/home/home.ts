import { join } from 'node:path'

/** The place of a vault. */
export interface VaultPlace {
  /** The absolute path of the local folder that directly holds its state: catalogue, lock, journals. See: `inHome` */
  readonly home: string
  /** Its name for people: the path of its folder, or an address. Files are reached through the storage, and never by this. */
  readonly location: string
  /** The absolute paths of the folders on this computer that are the vault's own, with everything below them. */
  readonly folders: readonly string[]
}

/** The names of the files in a vault's home. */
export const HOME = {
  catalogue: 'catalogue.sqlite',
  lock: 'lock.sqlite',
  /** The note about the holder of the lock. */
  holder: 'lock.json',
  /** The note about the last file of the catalogue's copy in the bucket that the catalogue agrees with. */
  catalogueCopy: 'catalogue-copy.json',
  /** The journal of restores: everything that they sent to SmugMug. */
  restores: 'restores.sqlite',
  /** The list of everything a twin shows. It is disposable. */
  shown: 'shown.sqlite',
  /** The twin's note of the files it wrote. */
  twinNote: 'twin.sqlite',
  /** The folder of thumbnails that were made to be looked at, where the vault has no twin. */
  twinThumbs: 'twin-thumbs',
  /** The folder of notes about the further copies of the vault, one file each. */
  copies: 'copies',
  /** The list of the sealed files of a sealed vault, and the words of its records. */
  sealed: 'sealed.sqlite',
} as const

/** Returns the absolute path of a file in a vault's home. */
export const inHome = (home: string, name: keyof typeof HOME): string => join(home, HOME[name])
