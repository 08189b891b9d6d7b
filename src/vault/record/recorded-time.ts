import { type CaptureTime, captureTime } from '../naming/capture-time.ts'
import type { ItemRecord } from './album-record.ts'

/**
 * When a photo was taken as far as its record tells: by the file itself, else by SmugMug's
 * metadata, else by its time shifted back. CSV, sidecars and exports agree on it.
 */
export const recordedTime = (item: Pick<ItemRecord, 'files' | 'dateTimeOriginal' | 'imageMetadata'>): CaptureTime | undefined => {
  const captured = item.files.find(({ component }) => component === undefined)?.captured
  return captureTime({
    dateTimeOriginal: item.dateTimeOriginal,
    ...(item.imageMetadata !== undefined && { metadata: item.imageMetadata }),
    ...(captured !== undefined && { exif: { dateTimeOriginal: captured } }),
  })
}
