import type { Json, JsonObject } from '../../model.ts'

/** The text that stands in a record in place of a secret. */
export const WITHHELD = '(withheld)'

/** Fields that hold passwords, guest keys and personal addresses (fact sheet 3.1, 3.2, 3.4, 6.3). */
const SECRET = new Set([
  'password',
  'viewpassword',
  'downloadpassword',
  'sitepassword',
  'reftag',
  'email',
  'phonenum',
  'street1',
  'street2',
])

/**
 * Copies an answer about an album, node or user for writing it down: secrets are marked as withheld, empty ones stay empty. `UploadKey` is
 * the guest upload key here; an item's `UploadKey` is no secret, and items do not pass through this function.
 */
export function withoutSecrets(raw: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, isSecret(key, value) ? WITHHELD : clean(value)]))
}

/** Does a record, as text, hold a secret that is written down? Then only its owner may read it. */
export function holdsSecrets(record: string): boolean {
  const value = JSON.parse(record) as JsonObject
  return JSON.stringify(withoutSecrets(value)) !== JSON.stringify(value)
}

function clean(value: Json): Json {
  if (Array.isArray(value)) return value.map(clean)
  return typeof value === 'object' && value !== null ? withoutSecrets(value as JsonObject) : value
}

function isSecret(key: string, value: Json): boolean {
  const name = key.toLowerCase()
  return (SECRET.has(name) || name === 'uploadkey') && value !== '' && value !== null
}
