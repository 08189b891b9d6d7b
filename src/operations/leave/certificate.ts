import type { Problem } from '../../events.ts'
import type { Standing } from '../outcome.ts'
import type { AlbumAccount } from '../read-standing.ts'
import type { ToDo } from './to-do.ts'

/** The format of the certificate; docs/leaving.md describes it. */
const FORMAT = 'smugmug-backup/leaving/1'

/** A span of time, in milliseconds since 1970. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Files of the vault that a look does not read: they were replaced or moved to the trash, and nobody knows their checksums. */
export interface NotRead {
  readonly files: number
  readonly bytes: number
}

/** Everything that a certificate is made of. */
export interface LastLook {
  readonly account: string | undefined
  /** The identity of the vault. */
  readonly vault: string
  /** The version of this program. */
  readonly version: string
  readonly writtenAt: number
  /** When the whole account was listed. */
  readonly listed: Span
  /** When the bytes were re-read, and how many files of what size were held then. */
  readonly reread: Span & { readonly files: number; readonly bytes: number }
  /** Absent if the disk did not show them. */
  readonly notRead?: NotRead | undefined
  /** The SHA-256 of the checksum file; absent if there is none. */
  readonly sums?: string | undefined
  readonly standing: Standing
  readonly albums: readonly AlbumAccount[]
  /** Everything that speaks against closing the account. */
  readonly open: readonly Problem[]
  readonly toDo: readonly ToDo[]
}

/** One album in a certificate. */
export interface CertifiedAlbum {
  /** Its path at SmugMug. */
  readonly path: string
  /** Its folder in the vault. */
  readonly folder: string
  /** SmugMug's own count; absent for an album that is gone from the account, and where SmugMug gave none. */
  readonly counted?: number
  /** Items of the account that are held. */
  readonly held: number
  /** Those of them held as the untouched upload, as the best that SmugMug has, and only smaller. An item held only in another album is none of these. */
  readonly originals: number
  readonly renditions: number
  readonly smaller: number
  /** Items that are gone from the account, and kept. */
  readonly keptThoughGone: number
  readonly isGone?: true
}

/** The certificate of a last look, as JSON. Times are ISO 8601. */
export interface Certificate {
  readonly format: typeof FORMAT
  readonly program: string
  readonly account?: string
  readonly vault: string
  readonly writtenAt: string
  readonly listed: { readonly from: string; readonly to: string }
  readonly reread: { readonly from: string; readonly to: string; readonly files: number; readonly bytes: number }
  /** Absent if their number is not known. */
  readonly notRead?: NotRead
  /** True only if nothing is open: each item of the account is held as well as SmugMug offers any, and every byte was re-read. */
  readonly isEverythingHeld: boolean
  /** Absent if SmugMug's count is not known. */
  readonly counted?: number
  readonly held: number
  readonly originals: number
  readonly renditions: number
  readonly smaller: number
  readonly keptThoughGone: number
  readonly checksums?: { readonly file: string; readonly sha256: string }
  readonly albums: readonly CertifiedAlbum[]
  readonly open: readonly Problem[]
  readonly toDo: readonly ToDo[]
}

/** Makes the certificate. Pure: two looks with the same findings have the same one. */
export function certificateOf(look: LastLook, sumsFile: string): Certificate {
  const { standing, account, sums, notRead } = look
  return {
    format: FORMAT,
    program: `smugmug-backup ${look.version}`,
    ...(account !== undefined && { account }),
    vault: look.vault,
    writtenAt: iso(look.writtenAt),
    listed: { from: iso(look.listed.from), to: iso(look.listed.to) },
    reread: { from: iso(look.reread.from), to: iso(look.reread.to), files: look.reread.files, bytes: look.reread.bytes },
    ...(notRead !== undefined && { notRead }),
    isEverythingHeld: look.open.length === 0,
    ...(standing.expected !== undefined && { counted: standing.expected }),
    held: standing.held,
    originals: standing.originals,
    renditions: standing.renditions,
    smaller: standing.smaller,
    keptThoughGone: standing.vanishedKept,
    ...(sums !== undefined && { checksums: { file: sumsFile, sha256: sums } }),
    albums: look.albums.map(certifiedAlbum),
    open: look.open,
    toDo: look.toDo,
  }
}

function certifiedAlbum({ path, folder, standing, vanishedKept }: AlbumAccount): CertifiedAlbum {
  const { held = 0, originals = 0, renditions = 0, smaller = 0, counted } = standing ?? {}
  return {
    path,
    folder,
    ...(counted !== undefined && { counted }),
    ...{ held, originals, renditions, smaller },
    keptThoughGone: vanishedKept,
    ...(standing === undefined && { isGone: true as const }),
  }
}

const iso = (at: number): string => new Date(at).toISOString()
