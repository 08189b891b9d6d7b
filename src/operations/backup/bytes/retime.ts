import type { Item } from '../../../model.ts'
import type { Run } from '../run/run.ts'
import { cameraClock, fileTime } from './camera-time.ts'

/** Gives a file the camera's time; returns the camera's clock as far as it is known now. */
export async function retime(
  run: Run,
  item: Item,
  file: { readonly path: string; readonly captured: string | undefined },
): Promise<string | undefined> {
  const captured = await cameraClock(run, item, file.captured)
  const mtime = fileTime(item, captured)
  if (mtime !== undefined) await run.vault.storage.setMtime(file.path, mtime)
  return captured
}
