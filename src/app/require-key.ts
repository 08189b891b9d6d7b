import { ConfigurationError } from '../errors.ts'
import { layout } from '../vault/layout.ts'
import { checkKey } from '../vault/storage/sealed/key-check.ts'
import { ENDING } from '../vault/storage/sealed/sealed-files.ts'
import { openBase, type Place } from './place.ts'
import { checkKind, requireIdentity } from './sealing.ts'

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
