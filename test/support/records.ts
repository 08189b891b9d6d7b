/** Reads a vault's records as a stranger would: with a JSON parser and the published schema alone. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownerOf } from '../../simulator/test-client.ts'
import type { Simulator, World } from '../../simulator/world.ts'

/** JSON as the tests look at it. */
// biome-ignore lint/suspicious/noExplicitAny: the tests look into records of every shape
export type Loose = any

/** Returns the records of every album below a folder, by the folder's path. */
export function recordsIn(root: string): ReadonlyMap<string, Loose> {
  const found = new Map<string, Loose>()
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name !== 'album.json') continue
    const folder = entry.parentPath.slice(root.length + 1)
    if (!folder.startsWith('.smugmug-backup')) found.set(folder, JSON.parse(readFileSync(join(entry.parentPath, entry.name), 'utf8')))
  }
  return found
}

/** Returns the record of one album. */
export const recordOf = (root: string, folder: string): Loose => JSON.parse(readFileSync(join(root, folder, 'album.json'), 'utf8'))

/** Returns an item of a record by its file name. */
export const itemOf = (record: Loose, name: string): Loose =>
  record.items.find((item: Loose) => item.name === name) ??
  assert.fail(`no item ${name} among ${record.items.map((item: Loose) => item.name)}`)

/** Removes the `Uris`: their contents depend on the question, all other fields on the account. */
function withoutLinks({ Uris: _uris, UriDescription: _description, ...fields }: Loose): Loose {
  return fields
}

/** Asks the service about an account with another client. Returns the albums by key, and their items in order. */
export async function answersOf(
  simulator: Simulator,
  world: World,
): Promise<ReadonlyMap<string, { readonly album: Loose; readonly images: readonly Loose[] }>> {
  const owner = ownerOf(simulator, world)
  const all = async (path: string, locator: string): Promise<readonly Loose[]> => {
    const { Response } = await owner.get(`${path}?_verbosity=1&count=100`)
    assert.ok((Response.Pages?.Total ?? 0) <= 100, 'one page is all')
    return (Response[locator] ?? []).map(withoutLinks)
  }
  const found = new Map<string, { album: Loose; images: readonly Loose[] }>()
  for (const album of await all(`/api/v2/user/${world.nickName}!albums`, 'Album'))
    found.set(album.AlbumKey, { album, images: await all(`/api/v2/album/${album.AlbumKey}!images`, 'AlbumImage') })
  return found
}

/** Fails unless the record holds every field of SmugMug's answer about an album or item, unchanged. */
export function assertKeptWhole(kept: Loose, said: Loose, what: string): void {
  assert.deepEqual(withoutLinks(kept), said, what)
}

const SCHEMA = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/album.schema.json'), 'utf8'))

/** The keywords that docs/album.schema.json uses. A new one must be understood here before it can be relied on. */
const KNOWN = new Set(
  '$schema $id title type required properties items $ref $defs const enum minimum pattern format additionalProperties'.split(' '),
)

const isType = (value: Loose, type: string): boolean => {
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return type === 'integer' ? Number.isInteger(value) : typeof value === type
}

/** Returns a record's violations of the published schema, each with its path. */
export function violations(value: Loose, schema: Loose = SCHEMA, at = '$'): readonly string[] {
  for (const keyword of Object.keys(schema)) assert.ok(KNOWN.has(keyword), `the test does not know the keyword ${keyword}`)
  if (schema.$ref !== undefined) return violations(value, SCHEMA.$defs[schema.$ref.split('/').at(-1)], at)
  if (schema.type !== undefined && !isType(value, schema.type)) return [`${at} is no ${schema.type}: ${JSON.stringify(value)}`]
  const wrong: string[] = []
  if (schema.const !== undefined && value !== schema.const) wrong.push(`${at} is ${value}`)
  if (schema.enum !== undefined && !schema.enum.includes(value)) wrong.push(`${at} is ${value}`)
  if (schema.minimum !== undefined && value < schema.minimum) wrong.push(`${at} is ${value}`)
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) wrong.push(`${at} is ${value}`)
  if (schema.format === 'date-time' && Number.isNaN(Date.parse(value))) wrong.push(`${at} is ${value}`)
  for (const name of schema.required ?? []) if (!Object.hasOwn(value, name)) wrong.push(`${at} lacks ${name}`)
  for (const [name, below] of Object.entries(schema.properties ?? {}))
    if (Object.hasOwn(value, name)) wrong.push(...violations(value[name], below, `${at}.${name}`))
  if (schema.type === 'object' && schema.properties !== undefined)
    for (const name of Object.keys(value)) if (!Object.hasOwn(schema.properties, name)) wrong.push(`${at}.${name} is not in the schema`)
  if (Array.isArray(value) && schema.items !== undefined)
    for (const [index, entry] of value.entries()) wrong.push(...violations(entry, schema.items, `${at}[${index}]`))
  return wrong
}
