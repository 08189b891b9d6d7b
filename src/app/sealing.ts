/** The keys of a sealed vault, and the mark that says that it is one. */
import { readFile } from 'node:fs/promises'
import type { Settings } from '../config/settings.ts'
import { ConfigurationError } from '../errors.ts'
import { HOME, inHome } from '../vault/home/home.ts'
import { inFolder, isMarkOfOther, isOwnRecord, layout, OURS } from '../vault/layout.ts'
import { isOfTheSystem } from '../vault/litter.ts'
import { identitiesOf } from '../vault/storage/sealed/identities.ts'
import { SealIndex } from '../vault/storage/sealed/seal-index.ts'
import { sealed } from '../vault/storage/sealed/sealed-storage.ts'
import type { Storage } from '../vault/storage/storage.ts'
import { codeOf, isSystemError } from '../vault/system-error.ts'

/** The keys of a vault that is to be sealed. */
export interface SealKeys {
  /** Public keys: one at least. */
  readonly recipients: readonly string[]
  /** The file of a private key. A backup needs none. */
  readonly identityFile: string | undefined
  /** The section of the settings that names them. */
  readonly section: string
}

/** Returns the keys of the vault itself; undefined for one that is not sealed. */
export const keysOf = ({ encryptionRecipients, encryptionIdentityFile }: Settings): SealKeys | undefined =>
  encryptionRecipients.length === 0
    ? undefined
    : { recipients: encryptionRecipients, identityFile: encryptionIdentityFile, section: '[encryption]' }

/** A place whose files may be sealed. */
interface Sealable {
  readonly home: string
  readonly location: string
  readonly keys?: SealKeys | undefined
}

/**
 * Returns true if the storage of a place has the mark of a sealed vault. Throws `ConfigurationError` when the vault there and the settings are not of
 * the same kind: sealed or plain is decided when a vault is made.
 */
export async function checkKind(base: Storage, { location, keys }: Pick<Sealable, 'location' | 'keys'>): Promise<boolean> {
  if ((await base.stat(layout.sealed)) !== undefined) {
    if (keys === undefined) throw otherKind(`The vault ${location} is sealed, and the settings have no public keys.`)
    return true
  }
  const standing = keys === undefined ? undefined : await nameIn(base)
  if (standing === undefined) return false
  throw otherKind(`The settings ask for a sealed vault, and ${location} holds files that are not sealed (${standing}).`)
}

/** Wraps the storage of a place whose settings have keys. `write` makes the mark of a new vault. See: `checkKind` */
export async function asSealed(base: Storage, { home, location, keys }: Sealable, mode: 'write' | 'read'): Promise<Storage> {
  const isSealed = await checkKind(base, { location, keys })
  if (keys === undefined) return base
  if (!isSealed && mode === 'write') await base.put(layout.sealed, once(MARK))
  return sealed(base, {
    recipients: keys.recipients,
    identities: await identitiesIn(keys),
    index: SealIndex.open(inHome(home, 'sealed'), mode),
    isRecord: isOwnRecord,
    isClear: (path) => path === layout.readme || isMarkOfOther(path),
    mayWrite: mode === 'write',
  })
}

/** Returns the name of something that stands in a storage; undefined if there is nothing but a lock, or our own folder that a killed run made. */
export async function nameIn(base: Storage): Promise<string | undefined> {
  const top = (await base.list('')).filter(({ name }) => !isOfTheSystem(name))
  const other = top.find(({ name }) => name !== OURS)
  if (other !== undefined || top.length === 0) return other?.name
  const ours = await base.list(OURS)
  return ours.every(({ name }) => inFolder(OURS, name) === layout.locks || LOCKS.has(name)) ? undefined : OURS
}

/** The files of the lock on a folder. */
const LOCKS: ReadonlySet<string> = new Set([HOME.lock, `${HOME.lock}-journal`, HOME.holder])

const MARK = `${JSON.stringify({ format: 'smugmug-backup/sealed/1', sealed: 'age-encryption.org/v1' })}\n`

const otherKind = (message: string): ConfigurationError =>
  new ConfigurationError(message, {
    hint: 'Nothing was written. Sealed or not is decided when a vault is made: to change it, name an empty folder, and take the files of the old vault with `adopt` or a copy. See docs/encryption.md.',
  })

/** Returns the private keys at hand: none where no file is named, or it is not there, as with a stick that is not plugged in. */
export async function identitiesIn({ identityFile }: SealKeys): Promise<readonly string[]> {
  if (identityFile === undefined) return []
  try {
    return identitiesOf(await readFile(identityFile, 'utf8'), identityFile)
  } catch (error) {
    if (!isSystemError(error)) throw error
    if (error.code === 'ENOENT') return []
    throw new ConfigurationError(`The private key in ${identityFile} cannot be read: ${codeOf(error)}.`, {
      hint: 'Check the path and the permissions of identity_file.',
      cause: error,
    })
  }
}

/** Throws `ConfigurationError` where files of a sealed vault are to be opened, and no private key is at hand. Whether it fits is not looked at. */
export async function requireIdentity({ location, keys }: Pick<Sealable, 'location' | 'keys'>): Promise<readonly string[]> {
  const identities = keys === undefined ? [] : await identitiesIn(keys)
  if (keys === undefined || identities.length > 0) return identities
  const { identityFile, section } = keys
  throw new ConfigurationError(
    identityFile === undefined
      ? `The vault ${location} is sealed, and no private key is named that opens it.`
      : `The vault ${location} is sealed, and its private key ${identityFile} is not there.`,
    { hint: `Name the file of your private key in \`identity_file\` of ${section}. One on paper is typed into a text file, in one line.` },
  )
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
