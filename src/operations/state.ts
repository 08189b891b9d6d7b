import type { FileState } from '../vault/catalogue/rows.ts'
import { layout } from '../vault/layout.ts'
import { writeIfChanged } from '../vault/record/write-if-changed.ts'
import type { Vault } from '../vault/vault.ts'

export const STATE_FORMAT = 'smugmug-backup/state/1'

/** What of the catalogue's own notes a rebuilt one must know, too. */
const NOTES = ['account', 'manner', 'extras', 'tree.readAt', 'verify.cursor', 'verify.begun', 'verify.completed'] as const

/** `state.json`: what `rebuild` cannot know from the records of albums. */
export interface VaultState {
  readonly format: string
  readonly vault: string
  readonly notes: Readonly<Partial<Record<(typeof NOTES)[number], string>>>
  /** When each album was listed completely, by its key. */
  readonly listed: Readonly<Record<string, number>>
  /** Files that were found missing or damaged, and are not fetched again yet. */
  readonly unsound: readonly {
    readonly albumKey: string
    readonly imageKey: string
    readonly component: string
    readonly state: FileState
  }[]
}

/** Writes the state down, where it has changed. */
export async function writeState({ catalogue, storage, id }: Vault): Promise<void> {
  const state: VaultState = {
    format: STATE_FORMAT,
    vault: id,
    notes: Object.fromEntries(NOTES.flatMap((note) => (catalogue.meta(note) === undefined ? [] : [[note, catalogue.meta(note)]]))),
    listed: Object.fromEntries(catalogue.albums().flatMap((album) => (album.listedAt === undefined ? [] : [[album.key, album.listedAt]]))),
    unsound: catalogue
      .unsoundFiles()
      .map(({ albumKey, imageKey, component, state: found }) => ({ albumKey, imageKey, component, state: found })),
  }
  await writeIfChanged(storage, layout.state, () => [JSON.stringify(state, undefined, 1), '\n'])
}
