import { isObject } from '../../model.ts'
import { type RecordedNode, readTree } from '../../vault/reading/tree.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { WITHHELD } from '../../vault/record/secrets.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { asideFiles } from '../history/aside-files.ts'
import type { NotRead } from './certificate.ts'
import type { LeavingFacts } from './to-do.ts'

/** Reads from the tree who may see what, and which pages there are. */
export async function treeFacts({ storage }: Pick<Vault, 'storage'>): Promise<Pick<LeavingFacts, 'locked' | 'invited' | 'pages'>> {
  const nodes = await nodesOf(storage)
  const pathsOf = (isWanted: (node: RecordedNode) => boolean): string[] =>
    (nodes ?? [])
      .filter(isWanted)
      .map(({ urlPath, name, type }) => [urlPath, name, type].find((each) => each !== undefined && each !== '') ?? '')
  const isLocked = ({ securityType }: RecordedNode): boolean => securityType === 'Password'
  return {
    locked: nodes?.filter(isLocked).map((node) => ({
      path: node.urlPath ?? node.name ?? '',
      isKept: isKept(isObject(node.smugmug) ? node.smugmug.Password : undefined),
    })),
    invited: pathsOf(({ securityType }) => securityType === 'GrantAccess'),
    pages: pathsOf(({ type }) => type === 'Page'),
  }
}

const isKept = (password: unknown): boolean => typeof password === 'string' && password !== '' && password !== WITHHELD

/** Returns every node of the tree; undefined if there is no tree that can be read, which the steps before have named. */
async function nodesOf(storage: Vault['storage']): Promise<readonly RecordedNode[] | undefined> {
  try {
    const tree = await readTree(storage)
    return tree === undefined ? undefined : below(tree.root)
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError)) throw error
    return undefined
  }
}

const below = (node: RecordedNode): readonly RecordedNode[] => [node, ...node.children.flatMap(below)]

/** Counts the held files with their bytes, and among them those that lie beside a photo. */
export async function countFiles({ catalogue }: Pick<Vault, 'catalogue'>): Promise<{
  readonly files: number
  readonly bytes: number
  readonly rawFiles: number
}> {
  const count = { files: 0, bytes: 0, rawFiles: 0 }
  for await (const { state, size, component } of catalogue.eachFile()) {
    if (state !== 'held') continue
    count.files += 1
    count.bytes += size
    if (component !== '') count.rawFiles += 1
  }
  return count
}

/** Counts the files that were put aside, which have no checksums; undefined if the disk does not show all of them. */
export async function countAside({ storage }: Pick<Vault, 'storage'>): Promise<NotRead | undefined> {
  const count = { files: 0, bytes: 0 }
  try {
    for await (const { size } of asideFiles(storage)) {
      count.files += 1
      count.bytes += size
    }
    return count
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return undefined
  }
}
