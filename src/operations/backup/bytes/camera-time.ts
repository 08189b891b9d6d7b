import { RequestError } from '../../../errors.ts'
import type { Item, JsonObject } from '../../../model.ts'
import { captureTime, fileTime } from '../../../vault/naming/capture-time.ts'
import type { Run } from '../run/run.ts'

const HOUR = 3_600_000

/** Gives a file the camera's time; returns the camera's clock as far as it is known now. */
export async function retime(
  run: Run,
  item: Item,
  file: { readonly path: string; readonly captured: string | undefined },
): Promise<string | undefined> {
  const captured = await cameraClock(run, item, file.captured)
  const mtime = modificationTime(item, captured)
  if (mtime !== undefined) await run.vault.storage.setMtime(file.path, mtime)
  return captured
}

/**
 * Returns the camera's clock, as it is recorded with a file: from the file itself (`captured`), else from SmugMug's metadata where the listing's
 * time will not do (one call, unless they came with the listing). Undefined: the listing's time shifted back is as good as any.
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

/** A time stamp is not worth failing a photo for. */
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

/** SmugMug's time shifted back, unless the Pacific clock showed it twice or never: then only the metadata know. */
function shiftedBack(dateTimeOriginal: string | undefined): string | undefined {
  const at = (ms: number): string | undefined => captureTime({ dateTimeOriginal: new Date(ms).toISOString() })?.local
  const told = captureTime({ dateTimeOriginal })?.local
  const instant = Date.parse(dateTimeOriginal ?? '')
  if (told === undefined || Number.isNaN(instant)) return told
  const [before, after] = [at(instant - HOUR), at(instant + HOUR)]
  const steady = before !== undefined && after !== undefined && Date.parse(`${after}Z`) - Date.parse(`${before}Z`) === 2 * HOUR
  return steady ? told : undefined
}
