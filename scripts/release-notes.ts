/**
 * `npm run release-notes -- vX.Y.Z`: prints the part of CHANGELOG.md about this version, as the text of its release. Ends with 1, and says why, unless
 * the tag is the version of package.json and that part has a day.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { notesOf } from './release/notes.ts'

const root = join(import.meta.dirname, '..')
const read = (name: string): string => readFileSync(join(root, name), 'utf8')
const { version, homepage } = JSON.parse(read('package.json')) as { readonly version: string; readonly homepage: string }
const [tag = ''] = process.argv.slice(2)

const notes = notesOf({ tag, version, homepage, changes: read('CHANGELOG.md') })
if ('refusal' in notes) {
  console.error(notes.refusal)
  process.exitCode = 1
} else {
  process.stdout.write(notes.text)
}
