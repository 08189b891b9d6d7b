/** Cuts the text of a release out of CHANGELOG.md. */

/** The tag of a release, and the files that must agree with it. */
export interface Release {
  readonly tag: string
  /** The version in package.json. */
  readonly version: string
  readonly homepage: string
  /** The text of CHANGELOG.md. */
  readonly changes: string
}

/** The most characters that GitHub takes as the text of a release. */
const LONGEST = 125_000

const DAY = /^\d{4}-\d{2}-\d{2}$/

/** Returns the text of the release, whose links lead to the files as they were at its tag; or the reason why there is none. */
export function notesOf({ tag, version, homepage, changes }: Release): { readonly text: string } | { readonly refusal: string } {
  if (tag !== `v${version}`)
    return { refusal: `The tag is "${tag}", but package.json says version ${version}: the tag must be v${version}.` }
  const [, ...sections] = changes.split(/^## /m)
  const found = sections.filter((section) => headOf(section).name === version)
  const [section] = found
  if (section === undefined) return { refusal: `CHANGELOG.md has no part "## ${version} (DAY)".` }
  if (found.length > 1) return { refusal: `CHANGELOG.md has ${found.length} parts of version ${version}.` }
  const { day } = headOf(section)
  if (!DAY.test(day))
    return { refusal: `CHANGELOG.md says "${day}" of version ${version} where the day of its release must stand, such as 2027-01-31.` }
  const body = section.slice(section.indexOf('\n')).trim()
  if (body === '') return { refusal: `CHANGELOG.md says nothing about version ${version}.` }
  const text = `${body.replaceAll(/\]\((?!https?:|#)/g, `](${homepage}/blob/${tag}/`)}\n`
  if (text.length > LONGEST)
    return { refusal: `CHANGELOG.md has ${text.length} characters about version ${version}; GitHub takes ${LONGEST}.` }
  return { text }
}

function headOf(section: string): { readonly name: string; readonly day: string } {
  const [line = ''] = section.split('\n')
  const [name = '', day = ''] = line.trim().split(/ \(|\)$/)
  return { name, day }
}
