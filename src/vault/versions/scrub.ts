import { isObject, type JsonObject } from '../../model.ts'
import { withoutSecrets } from '../record/secrets.ts'
import type { Storage } from '../storage/storage.ts'
import type { Change } from './delta.ts'
import { changeLine, listVersions, packedFile, readVersion, TREE, type VersionHead } from './version-file.ts'

/**
 * Writes every file of reverse changes that holds a password anew without it, for a vault that keeps secrets no more. Throws `VersionError` for a
 * damaged file, `StorageError` when the disk refuses one.
 */
export async function scrubVersions(storage: Storage): Promise<void> {
  for (const { path } of await listVersions(storage)) {
    let head: VersionHead | undefined
    let hasSecrets = false
    const lines: string[] = []
    for await (const line of readVersion(storage, path)) {
      if ('head' in line) head = line.head
      else {
        const text = changeLine(line.record, withoutSecretsOf(line))
        hasSecrets ||= text !== changeLine(line.record, line.change)
        lines.push(text)
      }
    }
    if (head !== undefined && hasSecrets) await storage.put(path, packedFile(head, each(lines)), { isPrivate: false })
  }
}

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}

/** Returns a change without passwords. */
function withoutSecretsOf({ record, change }: { readonly record: string; readonly change: Change }): Change {
  const clean = record === TREE || change.op === 'head' || change.op === 'record' ? cleanHead : cleanItem
  switch (change.op) {
    case 'record':
      return { ...change, head: clean(change.head) }
    case 'gone':
      return { ...change, was: clean(change.was) }
    case 'head':
    case 'was':
      return change.set === undefined ? change : { ...change, set: clean(change.set) }
    default:
      return change
  }
}

/** Cleans SmugMug's answer about an album or a node, whole or field by field. */
const cleanHead = (fields: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (name === 'smugmug' && isObject(value)) return [name, withoutSecrets(value)]
      const inner = /^smugmug\.(.+)$/s.exec(name)?.[1]
      return [name, inner === undefined ? value : withoutSecrets({ [inner]: value })[inner]]
    }),
  ) as JsonObject

/** Cleans an item: its own `UploadKey` is no secret, and its comments have addresses of people. */
const cleanItem = (fields: JsonObject): JsonObject =>
  fields.comments === undefined ? fields : { ...fields, ...withoutSecrets({ comments: fields.comments }) }
