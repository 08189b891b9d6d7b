import { ConfigurationError } from '../errors.ts'
import { ALBUM_RECORD, layout } from '../vault/layout.ts'
import { checkKey } from '../vault/storage/sealed/key-check.ts'
import { ENDING } from '../vault/storage/sealed/sealed-files.ts'
import { openBase, type Place } from './place.ts'
import { checkKind, requireIdentity } from './sealing.ts'
import { someSealed } from './some-sealed.ts'

/** Files that runs seal anew. */
const NEWEST = [layout.state, layout.tree]

/**
 * Makes sure that a sealed vault can be opened. Throws `ConfigurationError` where no private key is at hand, and where none of them opens what the
 * last run sealed: every file would be called damaged. Settings that disagree with the vault are named first: one in clear needs no key.
 */
export async function requireKey(place: Place): Promise<void> {
  if (place.keys === undefined) return
  const storage = await openBase(place)
  try {
    await checkKind(storage, place)
    const identities = await requireIdentity(place)
    const files = NEWEST.map((path) => path + ENDING)
    const standing: string[] = []
    for (const path of files) if ((await storage.stat(path))?.kind === 'file') standing.push(path)
    for (const identity of identities) {
      const { refused } = await checkKey(
        identity,
        standing.map((path) => ({ path, read: () => storage.read(path) })),
      )
      if (refused.filter(({ why }) => why === 'other key').length < Math.max(1, standing.length)) return
    }
  } finally {
    await storage.close()
  }
  throw new ConfigurationError(`The vault ${place.location} is sealed for other keys than those in ${place.keys.identityFile}.`, {
    hint: `Name the file of the right key in \`identity_file\` of ${place.keys.section}. A file may hold several keys, one a line.`,
  })
}

/**
 * Makes sure that the private keys open all of a sealed vault of which this computer knows nothing, by some of its records. Throws `ConfigurationError` if they
 * open only a part: the rest would be called damaged.
 */
export async function requireAllKeys(place: Place): Promise<void> {
  if (place.keys === undefined) return
  const identities = await requireIdentity(place)
  const storage = await openBase(place)
  try {
    let { files } = await someSealed(storage, ALBUM_RECORD)
    for (const identity of identities) {
      const { refused } = await checkKey(identity, files)
      const others = new Set(refused.flatMap(({ path, why }) => (why === 'other key' ? [path] : [])))
      files = files.filter(({ path }) => others.has(path))
    }
    const [other] = files
    if (other === undefined) return
    throw new ConfigurationError(
      `The keys in ${place.keys.identityFile} open only a part of the vault ${place.location}: ${other.path} is sealed for others.`,
      {
        hint: `Write the former keys into the file of \`identity_file\` in ${place.keys.section} as well, one a line.`,
      },
    )
  } finally {
    await storage.close()
  }
}
