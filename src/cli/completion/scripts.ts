import type { Shell } from '../operands.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { powershellScript } from './powershell.ts'
import type { CompletionTable } from './table.ts'
import { zshScript } from './zsh.ts'

/** The completion script of each shell, made of the commands and options. Static: the program is not started when a key is pressed. */
export const completionScripts: { readonly [Name in Shell]: (table: CompletionTable) => string } = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
}
