/** Writes the manual pages that are made from the program itself. Run it after a change of the settings, commands or options. */
import { mkdir, writeFile } from 'node:fs/promises'
import { settingsMarkdown } from '../src/config/docs-table.ts'
import { manPages } from './man-pages.ts'

await writeFile(new URL('../docs/settings.md', import.meta.url), settingsMarkdown())
await mkdir(new URL('../man', import.meta.url), { recursive: true })
for (const [path, page] of Object.entries(manPages)) await writeFile(new URL(`../${path}`, import.meta.url), page())
