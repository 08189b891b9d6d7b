import type { Item } from '../../model.ts'
import { captureTime, fileTime as wallClock } from '../../vault/naming/capture-time.ts'
import type { Run } from './run.ts'

/**
 * The modification time an item's file is to have, in milliseconds since 1970: the camera's wall clock read in the machine's zone,
 * else the upload's; undefined where the settings do not ask for it or nothing is known.
 */
export async function fileTime(run: Pick<Run, 'settings' | 'account' | 'signal'>, item: Item): Promise<number | undefined> {
  if (!run.settings.useMetadataTimes) return undefined
  const told = captureTime({ dateTimeOriginal: item.dateTimeOriginal })
  if (told !== undefined) return wallClock(told.local)
  const uploaded = Date.parse(item.dateTimeUploaded ?? '')
  return Number.isNaN(uploaded) ? undefined : uploaded
}
