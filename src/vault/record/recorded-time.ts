import { type CaptureTime, captureTime } from '../naming/capture-time.ts'
import type { ItemRecord } from './album-record.ts'

/**
 * Returns the time at which a photo was taken, from its record: the file's own time, else SmugMug's metadata, else SmugMug's time shifted
 * back. CSV, sidecars and exports agree on it.
 */
export const recordedTime = (item: Pick<ItemRecord, 'files' | 'dateTimeOriginal' | 'imageMetadata'>): CaptureTime | undefined => {
  const captured = item.files.find(({ component }) => component === undefined)?.captured
  return captureTime({
    dateTimeOriginal: item.dateTimeOriginal,
    ...(item.imageMetadata !== undefined && { metadata: item.imageMetadata }),
    ...(captured !== undefined && { exif: { dateTimeOriginal: captured } }),
  })
}
