import { RequestError } from '../../../errors.ts'
import { HOUR } from '../../../flow/clock.ts'
import type { Item, JsonObject } from '../../../model.ts'
import { captureTime, fileTime } from '../../../vault/naming/capture-time.ts'
import { setMtime } from '../../../vault/storage/abilities.ts'
import type { Run } from '../run/run.ts'

/** Sets a file's time to the camera's time. Returns the camera's clock, if it is known now. */
export async function retime(
  run: Run,
  item: Item,
  file: { readonly path: string; readonly captured: string | undefined },
): Promise<string | undefined> {
  const captured = await cameraClock(run, item, file.captured)
  const mtime = modificationTime(item, captured)
  if (mtime !== undefined) await setMtime(run.vault.storage, file.path, mtime)
  return captured
}

/**
 * Returns the camera's clock, as it is recorded with a file: from the file itself (`captured`), else from SmugMug's metadata if the listing's
 * time is ambiguous (one call, unless they came with the listing). Returns undefined if the listing's time, shifted back, is good enough.
 */
async function cameraClock(run: Pick<Run, 'account' | 'signal'>, item: Item, captured: string | undefined): Promise<string | undefined> {
  if (captured !== undefined || shiftedBack(item.dateTimeOriginal) !== undefined) return captured
  const time = captureTime({ metadata: await metadataOf(run, item) })
  return time && `${time.local}${time.offset ?? ''}`
}

/** Returns the modification time a file is to have, in milliseconds since 1970: the camera's wall clock read in the machine's zone, else the upload's time. */
function modificationTime(item: Item, captured: string | undefined): number | undefined {
  const local = captured?.slice(0, 19) ?? captureTime({ dateTimeOriginal: item.dateTimeOriginal })?.local
  if (local !== undefined) return fileTime(local)
  const uploaded = Date.parse(item.dateTimeUploaded ?? '')
  return Number.isNaN(uploaded) ? undefined : uploaded
}

/** Returns SmugMug's metadata, or undefined when they cannot be had: a photo must not fail for a time stamp. */
async function metadataOf(run: Pick<Run, 'account' | 'signal'>, item: Item): Promise<JsonObject | undefined> {
  const listed = item.extras === undefined ? undefined : (JSON.parse(item.extras) as { readonly imageMetadata?: JsonObject }).imageMetadata
  if (listed !== undefined) return listed
  try {
    return await run.account.metadata(item, run.signal)
  } catch (error) {
    if (error instanceof RequestError) return undefined
    throw error
  }
}

/** Returns SmugMug's time shifted back; undefined if the Pacific clock showed it twice or never: then only the metadata know. */
function shiftedBack(dateTimeOriginal: string | undefined): string | undefined {
  const at = (ms: number): string | undefined => captureTime({ dateTimeOriginal: new Date(ms).toISOString() })?.local
  const listed = captureTime({ dateTimeOriginal })?.local
  const instant = Date.parse(dateTimeOriginal ?? '')
  if (listed === undefined || Number.isNaN(instant)) return listed
  const [before, after] = [at(instant - HOUR), at(instant + HOUR)]
  const steady = before !== undefined && after !== undefined && Date.parse(`${after}Z`) - Date.parse(`${before}Z`) === 2 * HOUR
  return steady ? listed : undefined
}
