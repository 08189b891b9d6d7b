import { ConfigurationError } from '../errors.ts'
import { daysOrForever, type Kind, percent, wholeNumber } from './kinds.ts'
import type { Setting } from './setting.ts'
import { settingsTable } from './settings.ts'

/** One further copy of the vault, as the settings ask for it. */
export interface CopySettings {
  /** As in `[copy.NAME]`. */
  readonly name: string
  readonly destination: string
  /** The days after which a copy that could not be brought up to date is trouble. */
  readonly maxLagDays: number
  /** The brake: a share, 0 to 1. */
  readonly maxVanished: number
  /** Days. */
  readonly keepReplaced: number | 'forever'
  /** Public keys: not empty for a sealed copy. */
  readonly recipients: readonly string[]
  readonly identityFile: string | undefined
}

/** A row of the table of copies. */
export type CopyRow = Omit<Setting<unknown>, 'section'> & {
  readonly name: keyof Omit<CopySettings, 'name'>
  /** The table that the key stands in. */
  readonly section: 'copy' | 'encryption'
}

/** A week at least: time to notice that something is wrong with the first vault. */
const LEAST_DAYS = 7

const weekOrForever: Kind<number | 'forever'> = {
  takes: 'a number of days from 7 to 36500, or "forever"',
  read: (raw) => {
    const days = daysOrForever.read(raw)
    return days === undefined || days === 'forever' || days >= LEAST_DAYS ? days : undefined
  },
}

/** Every key of `[copy.NAME]` and `[copy.NAME.encryption]`. */
export const copyRows: readonly CopyRow[] = [
  {
    name: 'destination',
    section: 'copy',
    key: 'destination',
    kind: settingsTable.destination.kind,
    preset: undefined,
    doc: 'Where the copy lies. It must exist, as the `destination` of the vault itself, and be empty at the beginning; not inside or around another vault.',
  },
  {
    name: 'maxLagDays',
    section: 'copy',
    key: 'max_lag_days',
    kind: wholeNumber(0, 3650),
    preset: 7,
    doc: 'The number of days that the copy may be away, or not up to date, before that is trouble: exit code 3, and a message.',
  },
  {
    name: 'maxVanished',
    section: 'copy',
    key: 'max_vanished',
    kind: percent,
    preset: '10%',
    doc: 'The brake of the copy: when more than this share of its files, and more than 20, would leave their places or be replaced, only new files come in.',
  },
  {
    name: 'keepReplaced',
    section: 'copy',
    key: 'keep_replaced',
    kind: weekOrForever,
    preset: 'forever',
    doc: 'The number of days to keep what was replaced or went, in the history of the copy. It alone decides when a photo or video is ever removed from the copy.',
  },
  {
    name: 'recipients',
    section: 'encryption',
    key: 'recipients',
    kind: settingsTable.encryptionRecipients.kind,
    preset: [],
    doc: 'The public keys of a sealed copy, as in [`[encryption]`](encryption.md).',
  },
  {
    name: 'identityFile',
    section: 'encryption',
    key: 'identity_file',
    kind: settingsTable.encryptionIdentityFile.kind,
    preset: undefined,
    doc: 'The file of a private key that opens the copy.',
  },
]

/** Returns the environment variable of a key: `SMGMG_BK_COPY_USB_DESTINATION` for `destination` in `[copy.usb]`. */
export const copyVariableOf = (name: string, { section, key }: Pick<CopyRow, 'section' | 'key'>): string =>
  `SMGMG_BK_COPY_${name}_${section === 'encryption' ? 'ENCRYPTION_' : ''}${key}`.toUpperCase().replaceAll('-', '_')

/** Returns the name, in small letters, and the row that a variable is of; undefined for other variables. */
export function copyOfVariable(variable: string): { readonly name: string; readonly row: CopyRow } | undefined {
  const ends = copyRows.map((row) => ({ row, end: copyVariableOf('', row).replace('SMGMG_BK_COPY_', '') }))
  // The longer one of two that fit: `_ENCRYPTION_RECIPIENTS` is no key `RECIPIENTS` of a copy named `…_ENCRYPTION`.
  const found = ends.toSorted((a, b) => b.end.length - a.end.length).find(({ end }) => variable.endsWith(end))
  const name = /^SMGMG_BK_COPY_(.+)$/.exec(found === undefined ? '' : variable.slice(0, -found.end.length))?.[1]?.toLowerCase()
  return found === undefined || name === undefined ? undefined : { name, row: found.row }
}

/** Throws `ConfigurationError` for a name that no copy may have. */
export function checkCopyName(name: string, path: string): void {
  if (/^[a-z\d][a-z\d_-]{0,39}$/i.test(name) && name.toLowerCase() !== 'all') return
  throw new ConfigurationError(`The name "${name}" of a copy in ${path} is not allowed.`, {
    hint: 'Take letters, digits, "-" and "_", such as [copy.usb]; "all" stands for every copy.',
  })
}
