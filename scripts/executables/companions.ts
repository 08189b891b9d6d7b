/** Puts beside a program: licenses, changes, manual pages, completions. */
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { completionScripts } from '../../src/cli/completion/scripts.ts'
import { completionTable } from '../../src/cli/completion/table.ts'
import { root } from './workshop.ts'

/** The names that the completion script of each shell has in an archive. */
export const COMPLETIONS = {
  bash: 'smugmug-backup.bash',
  zsh: '_smugmug-backup',
  fish: 'smugmug-backup.fish',
  powershell: 'smugmug-backup.ps1',
} as const satisfies Record<keyof typeof completionScripts, string>

/** The file with the licenses of all that others wrote. */
export const LICENSES = 'THIRD-PARTY-LICENSES.txt'

/** Puts all companions into a folder. `licenses` is the text of all licenses but our own. */
export function addCompanions(folder: string, licenses: string): void {
  for (const file of ['LICENSE', 'CHANGELOG.md']) copyFileSync(join(root, file), join(folder, file))
  writeFileSync(join(folder, LICENSES), licenses)
  cpSync(join(root, 'man'), join(folder, 'man'), { recursive: true })
  mkdirSync(join(folder, 'completions'))
  for (const [shell, file] of Object.entries(COMPLETIONS))
    writeFileSync(join(folder, 'completions', file), completionScripts[shell as keyof typeof COMPLETIONS](completionTable))
}
