/** Says what a person does about an account that waits for them. Pure. */
import { shellWord } from '../../progress/shell-word.ts'

/** Returns the commands that let an account go on which waits for a person. Without an exit code a signal ended its backup. */
export function nextStep({ name, exitCode }: { readonly name: string; readonly exitCode?: number | undefined }): string {
  const word = shellWord(name)
  const run = `smugmug-backup fleet run ${word}`
  switch (exitCode) {
    case 4:
      return `Next: smugmug-backup fleet login ${word}, then ${run}`
    case 7:
      return `If these changes are meant: ${run} --accept-changes`
    default:
      return `When it is mended: ${run}`
  }
}
