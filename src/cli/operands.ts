import { HANDOVER_TARGETS } from '../operations/handover/targets.ts'

/** The shells that `completion` writes a script for. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const
export type Shell = (typeof SHELLS)[number]

/** The words that follow `fleet`. */
export const FLEET_ACTIONS = ['init', 'import', 'login', 'worker', 'status', 'run', 'pause', 'resume', 'remove'] as const

/** The operands of commands, by their name in help. */
export const OPERANDS: Readonly<
  Record<'ACTION [NAME]' | 'DIR' | 'SHELL' | 'RUN' | 'TARGET' | 'WHEN' | 'A [B]' | 'notify test' | 'new|check' | 'NAME', Operand>
> = {
  DIR: { noun: 'folder' },
  SHELL: { noun: 'shell', choices: SHELLS },
  RUN: { noun: 'run', optional: true },
  NAME: { noun: 'copy', optional: true },
  TARGET: { noun: 'target', choices: HANDOVER_TARGETS },
  WHEN: { noun: 'run or a day' },
  'A [B]': { noun: 'run or a day', most: 2, nouns: 'runs or days' },
  'ACTION [NAME]': { noun: 'word', choices: FLEET_ACTIONS, most: 2, nouns: 'words' },
  'new|check': { noun: 'word', choices: ['new', 'check'] },
  'notify test': { noun: 'word', most: 2, nouns: 'words', optional: true },
}

interface Operand {
  /** The word for it in messages. */
  readonly noun: string
  /** The only values that it takes. */
  readonly choices?: readonly string[]
  /** The most that are taken; absent: one. */
  readonly most?: number
  /** The word for several. */
  readonly nouns?: string
  /** True if it may be missing. */
  readonly optional?: true
}
