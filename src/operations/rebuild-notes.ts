import type { Catalogue } from '../vault/catalogue/catalogue.ts'
import type { VaultState } from './state.ts'

/** Notes the files that were found missing or damaged. */
export function noteUnsound(catalogue: Catalogue, unsound: VaultState['unsound']): void {
  for (const { albumKey, imageKey, component, state } of unsound) {
    const file = catalogue.file(albumKey, imageKey, component)
    if (file !== undefined) catalogue.putFile({ ...file, state })
  }
}

/** Notes the albums that had a record when the last run ended, and have none now: the next backup must not take them for new ones. Returns their number. */
export function noteLost(catalogue: Catalogue, { listed, unlisted = [] }: VaultState): number {
  const lost = [...Object.keys(listed), ...unlisted].filter((key) => catalogue.album(key) === undefined)
  for (const key of lost) catalogue.records.noteLost(key, true)
  return lost.length
}
