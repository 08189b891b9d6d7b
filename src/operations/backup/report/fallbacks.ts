import type { Run } from '../run/run.ts'

/** Names every photo of which SmugMug offers less than its original, in each run: the owner can change that in the album's settings. */
export function reportFallbacks(run: Run): void {
  const { catalogue } = run.vault
  for (const { albumKey, imageKey, name } of catalogue.fallbacks()) {
    const album = catalogue.album(albumKey)?.urlPath ?? albumKey
    const reason =
      'less than the original, which SmugMug does not offer: see whether the album allows downloads and its largest size is Original'
    run.tally.problem({ kind: 'notice', album, name, imageKey, reason })
  }
}
