import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DestinationError } from '../../errors.ts'
import type { Problem } from '../../events.ts'
import { makeFolders } from '../../flow/make-folders.ts'
import { HANDOVER } from '../../vault/handover-folder.ts'
import { splitPath } from '../../vault/layout.ts'
import { sweep } from '../../vault/storage/abilities.ts'
import type { Storage } from '../../vault/storage/storage.ts'
import { describe, isSystemError } from '../../vault/system-error.ts'
import { fileOf } from '../../vault/text-file.ts'
import type { WrittenFiles } from '../../vault/written-files.ts'

/** A long file that is written piece by piece. */
export interface Sheet {
  write(text: string): Promise<void>
}

/** The files of a handover. Paths are relative to its folder, with `/`. */
export interface HandoverFiles {
  /**
   * Writes short files at once. Below the top they must all lie in the one folder, and be all that shall lie in it: others that an earlier
   * handover wrote there go.
   */
  folder(folder: string, files: readonly { readonly path: string; readonly text: string }[]): Promise<void>
  /** Begins a long file. It gets its name only at the end of the handover. */
  sheet(path: string): Promise<Sheet>
  /** Gives the long files their names, and removes what an earlier handover wrote and this one did not. */
  finish(): Promise<void>
  /** Closes and removes the drafts. Call it in any case. */
  close(): Promise<void>
}

/** Returns the files of a dry run, which writes nothing. */
export const noFiles = (): HandoverFiles => ({
  folder: async () => undefined,
  sheet: async () => ({ write: async () => undefined }),
  finish: async () => undefined,
  close: async () => undefined,
})

interface Draft {
  readonly path: string
  readonly file: string
  readonly handle: FileHandle
  readonly hash: Hash
  waiting: string
}

/** Text that is gathered before it is written. */
const PIECE = 64 * 1024

const FOREIGN = 'a file that is not of the handover stands there, or one that you changed: move it away, then give the same command again'

const CHANGED = 'it is no longer part of the handover, and you changed it, so it stays: move it away'

/** Writes files into the folder of a handover. A person's file is never replaced and never removed; it is named. */
export class HandoverFolderFiles implements HandoverFiles {
  readonly #root: string
  readonly #written: WrittenFiles
  readonly #storage: Storage
  readonly #report: (problem: Problem) => void
  readonly #drafts: Draft[] = []
  readonly #folders = new Set<string>()
  /** The paths of the short files at the top. */
  readonly #top = new Set<string>()

  constructor(parts: {
    readonly root: string
    readonly storage: Storage
    readonly written: WrittenFiles
    readonly report: (problem: Problem) => void
  }) {
    this.#root = parts.root
    this.#storage = parts.storage
    this.#written = parts.written
    this.#report = parts.report
  }

  async folder(folder: string, files: readonly { readonly path: string; readonly text: string }[]): Promise<void> {
    await sweep(this.#storage, folder)
    await this.#written.write(
      files.map(({ path, text }) => fileOf(path, Buffer.from(text))),
      this.#refused,
    )
    const wanted = new Set(files.map(({ path }) => path))
    if (folder === '') {
      for (const path of wanted) this.#top.add(path)
      return
    }
    this.#folders.add(folder)
    for (const path of this.#written.paths({ below: folder })) {
      if (splitPath(path).folder === folder && !wanted.has(path)) await this.#drop(path)
    }
  }

  async sheet(path: string): Promise<Sheet> {
    const folder = join(this.#root, HANDOVER.drafts)
    const file = join(folder, String(this.#drafts.length))
    const handle = await this.#onDisk(async () => {
      await makeFolders(folder)
      return await open(file, 'w')
    })
    const draft: Draft = { path, file, handle, hash: createHash('sha256'), waiting: '' }
    this.#drafts.push(draft)
    return {
      write: async (text) => {
        draft.waiting += text
        if (draft.waiting.length >= PIECE) await this.#onDisk(() => flush(draft))
      },
    }
  }

  async finish(): Promise<void> {
    for (const draft of this.#drafts) {
      await this.#onDisk(async () => {
        await flush(draft)
        await this.#written.copy({ path: draft.path, sha256: draft.hash.digest('hex') }, () => createReadStream(draft.file), this.#refused)
      })
    }
    const top = new Set([...this.#top, ...this.#drafts.map(({ path }) => path)])
    for (const path of this.#written.paths()) {
      if (!top.has(path) && !this.#folders.has(splitPath(path).folder)) await this.#drop(path)
    }
  }

  async close(): Promise<void> {
    for (const { handle } of this.#drafts) await handle.close()
    await rm(join(this.#root, HANDOVER.drafts), { recursive: true, force: true })
  }

  /** Runs `use`. Throws `DestinationError` if the disk of the folder refuses it. */
  async #onDisk<T>(use: () => Promise<T>): Promise<T> {
    try {
      return await use()
    } catch (error) {
      if (!isSystemError(error)) throw error
      throw new DestinationError(`The handover could not be written into ${this.#root}: ${describe(error)}.`, {
        hint: 'Make room there, or name another folder, then run it again.',
        cause: error,
      })
    }
  }

  /** Removes a file that is no longer part of the handover. One that a person changed stays, and is named. */
  async #drop(path: string): Promise<void> {
    let isNamed = false
    const isGone = await this.#written.remove(path, (...why) => {
      isNamed = true
      this.#refused(...why)
    })
    if (!isGone && !isNamed) this.#report({ kind: 'failed', name: path, reason: CHANGED, needsYou: true })
  }

  readonly #refused = (path: string, reason: string, more?: { readonly needsYou: true }): void =>
    this.#report({ kind: 'failed', name: path, reason: more === undefined ? reason : FOREIGN, ...more })
}

async function flush(draft: Draft): Promise<void> {
  const bytes = Buffer.from(draft.waiting)
  draft.waiting = ''
  draft.hash.update(bytes)
  // One call may write only a part.
  for (let at = 0; at < bytes.length; ) at += (await draft.handle.write(bytes, at)).bytesWritten
}
