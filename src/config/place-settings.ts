import { destination, folder } from './kinds.ts'
import { optional } from './setting.ts'

/** The settings of the places where a vault lies. */
export const placeSettings = {
  destination: optional({
    section: 'store',
    key: 'destination',
    kind: destination,
    doc: 'The folder of the vault. It must exist: an unmounted disk must not be mistaken for an empty one. On Windows write `C:/Photos` or `C:\\\\Photos`. Or `s3://BUCKET/PATH`: see [a vault in a bucket](bucket.md).',
    flag: { name: '--destination', value: 'DIR' },
  }),
  stateFolder: optional({
    section: 'store',
    key: 'state_folder',
    kind: folder,
    doc: 'The folder for the local state of vaults that do not hold their own: those in a bucket, and sealed ones. It holds words of the account in clear. Absent: `smugmug-backup` in the state folder of the user (`$XDG_STATE_HOME`, `~/.local/state`).',
  }),
}
