import type { Emit, Problem } from '../../events.ts'
import type { Clock } from '../../flow/clock.ts'
import type { Site } from '../../twin/pages/shell.ts'
import type { NameOf } from '../../twin/places.ts'
import type { HashText } from '../../twin/years.ts'
import type { Shown } from '../../vault/shown.ts'
import type { Storage } from '../../vault/storage/storage.ts'
import type { TextFile } from '../../vault/text-file.ts'
import type { PictureMaker } from '../../vault/thumbnails/maker.ts'
import type { Vault } from '../../vault/vault.ts'
import type { WrittenFiles } from '../../vault/written-files.ts'
import type { FetchStill } from './stills.ts'

/** A file of the program that every twin needs: the script, the style sheet, the map. */
export interface Asset {
  /** Its path below `twin.files/`. */
  readonly path: string
  readonly bytes: Uint8Array
}

/** One twin to bring up to date. */
export interface TwinJob {
  readonly vault: Pick<Vault, 'catalogue' | 'storage'>
  readonly shown: Shown
  readonly files: WrittenFiles
  /** The folder of the twin: the vault itself, or one elsewhere. */
  readonly target: Storage
  /** For a twin elsewhere: the files of the vault's own twin, whose pictures need not be made once more. Absent if it has none. */
  readonly lender?: WrittenFiles
  readonly assets: readonly Asset[]
  /** Starts the maker of pictures, once one is needed; it gives none if that cannot be started. Absent: no pictures are made. */
  readonly startPictures?: () => Promise<PictureMaker | undefined>
  /** Fetches the stills of videos. Absent: no posters are made. */
  readonly stills?: FetchStill
  /** Names the town of a photo. */
  readonly placeOf: NameOf
  readonly emit: Emit
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** The part of a twin that reads records and shows them. */
export interface Showing extends Pick<TwinJob, 'vault' | 'shown' | 'placeOf' | 'emit' | 'clock' | 'signal'> {
  readonly site: Site
  report(problem: Problem): void
  /** Makes a file from a text. */
  file(path: string, text: string): TextFile
  /** Returns the beginning of a text's hash. */
  readonly hash: HashText
}

/** A twin that is being made, and the nouns that its parts share. */
export interface TwinRun extends TwinJob, Showing {
  /** Makes a file from bytes. */
  fileOfBytes(path: string, bytes: Uint8Array): TextFile
  /** Writes files, and names those that stand in the way. Returns the number written. */
  write(files: Iterable<TextFile>): Promise<number>
}
