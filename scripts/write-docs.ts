/** Writes the manual pages that are made from the program itself. Run it after a change of src/config/settings.ts. */
import { writeFile } from 'node:fs/promises'
import { settingsMarkdown } from '../src/config/docs-table.ts'

await writeFile(new URL('../docs/settings.md', import.meta.url), settingsMarkdown())
