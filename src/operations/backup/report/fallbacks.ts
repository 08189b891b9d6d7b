import { SMALLER } from '../bytes/conclude.ts'
import type { Run } from '../run/run.ts'

/**
 * Names every photo of which SmugMug offers less than its original, in each run: the owner can change that in the album's settings. With
 * `require_originals`, each has failed and is named already.
 */
export function reportFallbacks(run: Run): void {
  const { catalogue } = run.vault
  if (run.settings.requireOriginals) return
  for (const { albumKey, imageKey, name } of catalogue.fallbacks()) {
    const album = catalogue.album(albumKey)?.urlPath ?? albumKey
    run.tally.problem({ kind: 'notice', album, name, imageKey, ...SMALLER })
  }
}
