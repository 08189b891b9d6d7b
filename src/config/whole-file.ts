import { createHash, randomBytes } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { access, type FileHandle, lstat, open, readdir, readlink, realpath, rename, rm, stat } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Takes the text of a file, piece by piece. */
export type WriteText = (text: string) => Promise<void>

/** A folder stands where a file was to be written. */
export class FolderInTheWay extends Error {
  override readonly name = 'FolderInTheWay'
}

const isCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code))

const absent = (error: unknown): undefined => {
  if (isCode(error, 'ENOENT')) return undefined
  throw error
}

/** The most links to follow, as in Linux. */
const MOST_LINKS = 40

/** The open files of a process, by number. Behind these links stand things that have no path. */
const DESCRIPTOR = /^\/(?:proc\/(?<process>\d+)(?:\/task\/\d+)?\/fd|dev\/fd)\/(?<number>\d+)$/

/** Follows symbolic links one step at a time, also to a file that does not exist yet, and at most to an open file. Returns the path at the end. */
export const followLinks = async (path: string): Promise<string> => {
  let place = resolve(path)
  for (let links = 0; links < MOST_LINKS; links++) {
    const folder = await realpath(dirname(place)).catch(absent)
    if (folder === undefined) return place
    place = join(folder, basename(place))
    if (DESCRIPTOR.test(place)) return place
    if ((await lstat(place).catch(absent))?.isSymbolicLink() !== true) return place
    place = resolve(folder, await readlink(place))
  }
  // Too many: the system has its own words for that.
  await stat(place)
  return place
}

/** Does the path lead to the standard output of this process, as `/dev/stdout` does? One that cannot be looked at does not. */
export const isStandardOutput = async (path: string): Promise<boolean> => {
  const place = await followLinks(path).catch(unreachable)
  const { process: id, number } = DESCRIPTOR.exec(place ?? '')?.groups ?? {}
  return number === '1' && (id === undefined || Number(id) === process.pid)
}

const unreachable = (error: unknown): undefined => {
  if (!(error instanceof Error && 'syscall' in error)) throw error
}

/**
 * Throws the error that `writeWhole` would meet at this path, as far as the permissions say it beforehand: `FolderInTheWay`, or the
 * system's. Changes nothing.
 */
export const checkWritable = async (path: string): Promise<void> => {
  const place = await followLinks(path)
  const found = await stat(place).catch(absent)
  if (found?.isDirectory() === true) throw new FolderInTheWay(`${path} is a folder.`)
  if (found === undefined) return await access(await standingFolder(dirname(place)), constants.W_OK)
  try {
    await access(place, constants.W_OK)
  } catch (error) {
    // A file without the permission can still be replaced in its folder; one that the disk protects cannot.
    if (!isCode(error, 'EACCES')) throw error
    await access(dirname(place), constants.W_OK)
  }
}

/** Returns the folder, or the first above it that is there. */
const standingFolder = async (path: string): Promise<string> => {
  const found = await stat(path).catch(absent)
  return found === undefined && dirname(path) !== path ? await standingFolder(dirname(path)) : path
}

interface Target {
  readonly path: string
  /** The present file there, if any. */
  readonly found: Stats | undefined
}

/**
 * Writes the text of `produce` to a path that a person named. A file is replaced whole or not at all: the old file stays until
 * everything has been written. Links are followed, and stay. A pipe or a device is written to as it is; a pipe that nobody begins to read within `patience`
 * milliseconds is an error (`ENXIO`). Throws `FolderInTheWay`, the system's
 * errors, and the errors of `produce`. Removes unfinished files that killed processes left beside it. `mode` is the file's final mode; without it a file keeps its mode.
 */
export const writeWhole = async <T>(
  path: string,
  produce: (write: WriteText) => Promise<T>,
  { mode, patience = PATIENCE }: { readonly mode?: number; readonly patience?: number } = {},
): Promise<T> => {
  const place = await followLinks(path)
  const found = await stat(place).catch(absent)
  if (found?.isDirectory() === true) throw new FolderInTheWay(`${path} is a folder.`)
  if (found !== undefined && (!found.isFile() || DESCRIPTOR.test(place))) return await writeInto({ path: place, found }, produce, patience)
  return await replace({ path: place, found }, produce, mode)
}

/** Milliseconds until somebody must read from a pipe. */
const PATIENCE = 10_000

/**
 * Writes to a target without a name of its own, or to one that is no file: it cannot be replaced. Never waits in a system call for the other end
 * of a pipe: the program could not even be stopped then.
 */
const writeInto = async <T>({ path, found }: Target, produce: (write: WriteText) => Promise<T>, patience: number): Promise<T> => {
  const file = await openAtOnce(path, found?.isFIFO() === true ? Date.now() + patience : 0)
  try {
    return await produce((text) => writeInPieces(file, Buffer.from(text)))
  } finally {
    await file.close()
  }
}

/** Opens without waiting. A pipe that nobody reads is tried until that time, and then an error (`ENXIO`). */
const openAtOnce = async (path: string, until: number): Promise<FileHandle> => {
  for (;;) {
    try {
      return await open(path, constants.O_WRONLY | constants.O_APPEND | (constants.O_NONBLOCK ?? 0))
    } catch (error) {
      if (!isCode(error, 'ENXIO') || Date.now() >= until) throw error
      await delay(20)
    }
  }
}

/** Writes as much as fits, again and again. */
const writeInPieces = async (file: FileHandle, bytes: Buffer): Promise<void> => {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += (await file.write(bytes, written)).bytesWritten
    } catch (error) {
      if (!isCode(error, 'EAGAIN')) throw error
      await delay(20)
    }
  }
}

const replace = async <T>(target: Target, produce: (write: WriteText) => Promise<T>, mode: number | undefined): Promise<T> => {
  const unfinished = await openUnfinished(target, mode ?? (target.found === undefined ? 0o666 : 0o600))
  try {
    const result = await produce((text) => unfinished.file.writeFile(text))
    const lasting = mode ?? (target.found === undefined ? undefined : target.found.mode & 0o777)
    if (lasting !== undefined) await unfinished.file.chmod(lasting).catch(refusedMode)
    await unfinished.file.sync()
    await unfinished.file.close()
    await putInPlace(unfinished.path, target, mode)
    return result
  } finally {
    await unfinished.file.close()
    await rm(unfinished.path, { force: true })
    underWay.delete(basename(unfinished.path))
  }
}

/** Ignores the refusal of a disk without modes: its files have the mode of the mount. */
const refusedMode = (error: unknown): void => {
  if (!isCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL')) throw error
}

/** Names of the unfinished files of this process. */
const underWay = new Set<string>()

/** The name of an unfinished file: the prints of the name that it will have and of the computer, the process that writes it, and chance. */
const UNFINISHED = /^\.(?<print>[0-9a-f]{16})(?<writer>[0-9a-f]{8})[0-9a-f]{16}\.part$/

/** Milliseconds without a change after which the unfinished file of another computer counts as left. */
const LEFT_AFTER = 24 * 60 * 60 * 1000

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

const printOf = (path: string): string => hashOf(basename(path))

/** Returns the print of this computer or container: numbers of processes mean nothing in another one. */
const here = async (): Promise<string> => hashOf(`${hostname()} ${(await readlink('/proc/self/ns/pid').catch(unreachable)) ?? ''}`)

/**
 * Removes what was left beside a file by processes that were killed while they wrote it: at once where they ran here, else a day after its last
 * change. `begun` is the own unfinished file: its time is that of the disk. A folder that refuses that keeps it.
 */
const removeUnfinished = async (path: string, begun: FileHandle): Promise<void> => {
  try {
    const [own, place, { mtimeMs: now }] = [printOf(path), await here(), await begun.stat()]
    for (const name of await readdir(dirname(path))) {
      const { print = '', writer = '' } = UNFINISHED.exec(name)?.groups ?? {}
      if (!print.startsWith(own) || underWay.has(name)) continue
      const draft = join(dirname(path), name)
      const isLeft = print.endsWith(place) ? !isOther(Number.parseInt(writer, 16)) : now - (await lstat(draft)).mtimeMs > LEFT_AFTER
      if (isLeft) await rm(draft)
    }
  } catch (error) {
    unreachable(error)
  }
}

/** Is this another process, which still runs? */
const isOther = (id: number): boolean => {
  if (id === process.pid) return false
  try {
    return process.kill(id, 0)
  } catch (error) {
    return !isCode(error, 'ESRCH')
  }
}

/** Begins a file that nobody else can have prepared: beside the target, or, if only the target itself may be written, in the folder for temporary files. */
const openUnfinished = async ({ path, found }: Target, mode: number): Promise<{ readonly path: string; readonly file: FileHandle }> => {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)
  const name = `.${printOf(path)}${await here()}${process.pid.toString(16).padStart(8, '0')}${randomBytes(8).toString('hex')}.part`
  const beside = join(dirname(path), name)
  underWay.add(name)
  try {
    const file = await open(beside, flags, mode)
    await removeUnfinished(path, file)
    return { path: beside, file }
  } catch (error) {
    if (found === undefined || !isCode(error, 'EACCES', 'EPERM', 'EROFS')) throw error
    const elsewhere = join(tmpdir(), name)
    // It must be writable itself, or everything would be produced in vain.
    await (await open(path, constants.O_WRONLY)).close()
    return { path: elsewhere, file: await open(elsewhere, flags, 0o600) }
  }
}

/** Renames the finished file onto the target. A file that is mounted by itself, as in containers, cannot be replaced, only written. */
const putInPlace = async (finished: string, { path, found }: Target, mode: number | undefined): Promise<void> => {
  try {
    if (dirname(finished) === dirname(path)) return await rename(finished, path)
  } catch (error) {
    if (found === undefined || !isCode(error, 'EBUSY', 'EXDEV')) throw error
  }
  const [from, to] = [await open(finished), await open(path, constants.O_WRONLY)]
  try {
    if (mode !== undefined) await to.chmod(mode).catch(refusedMode)
    let length = 0
    for await (const chunk of from.createReadStream({ autoClose: false })) {
      const bytes = chunk as Buffer
      for (let written = 0; written < bytes.length; ) {
        written += (await to.write(bytes, written, bytes.length - written, length + written)).bytesWritten
      }
      length += bytes.length
    }
    await to.truncate(length)
    await to.sync()
  } finally {
    await from.close()
    await to.close()
  }
}
