import { layout } from '../../vault/layout.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import { WrittenFiles } from '../../vault/written-files.ts'
import { isNamedByHash } from '../../vault/written-schema.ts'
import { walk } from '../walk-folder.ts'
import type { Verification } from './job.ts'

/**
 * Looks at the files of the twin, by size and time. One that is missing or damaged is no loss: it is worth a notice, and the next twin writes
 * it anew. One that a person has changed, or put there, is foreign. Returns the number of the foreign ones.
 */
export async function verifyTwin(verification: Verification): Promise<number> {
  const { vault } = verification
  const files = WrittenFiles.look(vault)
  if (files === undefined) return 0
  try {
    return (await findChanged(verification, files)) + (await findUnknown(verification, files))
  } finally {
    files.close()
  }
}

async function findChanged({ vault, signal, report }: Verification, files: WrittenFiles): Promise<number> {
  let foreign = 0
  for await (const { path, state } of files.differences(files.paths())) {
    if (signal.aborted) break
    if (state === 'touched' && (await files.isAsWritten(path))) continue
    if (state === 'touched' && !isNamedByHash(path)) {
      foreign += 1
      report({ kind: 'foreign', name: path, reason: 'it was changed since the twin wrote it; it is left alone' })
      continue
    }
    if (vault.mode === 'write') files.doubt(path)
    report({
      kind: 'notice',
      name: path,
      reason: `this file of the twin is ${state === 'missing' ? 'missing' : 'damaged'}: run \`smugmug-backup twin\``,
    })
  }
  return foreign
}

async function findUnknown({ vault, signal, report }: Verification, files: WrittenFiles): Promise<number> {
  let foreign = 0
  try {
    for await (const { path } of walk(vault.storage, layout.twinFiles)) {
      if (signal.aborted) break
      if (files.isOurs(path)) continue
      foreign += 1
      report({ kind: 'foreign', name: path, reason: 'belongs to no item that the vault knows; it is left alone' })
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
  }
  return foreign
}
