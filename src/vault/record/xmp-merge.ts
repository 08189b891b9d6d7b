/**
 * Brings a sidecar that exists up to date without taking anything from whoever else writes it.
 *
 * [Note: whose property] A sidecar of ours says in `smugmug:Written` which groups of shared properties were written, and the fingerprint of each.
 * While a group still says what its fingerprint says, it is ours, and follows SmugMug. Once somebody has changed or removed it, it is theirs for good.
 * A group that was theirs from the beginning has no fingerprint and is never touched; one that says nothing is filled in. Everything else (ratings,
 * edits, histories, comments, the order) keeps its bytes: what is ours is cut out where it stands and put into one `rdf:Description` at the end.
 */

import type { Span } from './xml-tree.ts'
import { expandName, groupDigest, readLedger, renderLedger, SMUGMUG_NAMESPACE, type XmpGroup, type XmpValue, xmpGroupNames, xmpGroups } from './xmp.ts'
import { readXmp, withSpace, type XmpPacket, type XmpProperty } from './xmp-read.ts'

const imageKey = expandName('smugmug:ImageKey')
const written = expandName('smugmug:Written')

/**
 * The text that the sidecar should have: `existing` itself when there is nothing to do, so that a run without changes changes no byte.
 * `ours` is of `renderXmp`. Undefined when `existing` must be left alone: it cannot be read for certain, or belongs to another item of SmugMug's
 * (where `photo.jpg` and `photo.mov` share `photo.xmp`).
 */
export const mergeXmp = (existing: string, ours: string): string | undefined => {
  const theirs = readXmp(existing)
  const mine = readXmp(ours)
  if (theirs === undefined || mine === undefined) return undefined
  const has = propertiesOf(theirs)
  const wants = propertiesOf(mine)
  const owner = textOf(has(imageKey))
  if (owner !== undefined && owner !== textOf(wants(imageKey))) return undefined

  const before = readLedger(textOf(has(written)) ?? '')
  const after = new Map<XmpGroup, string>()
  const left = new Set<XmpGroup>()
  for (const group of xmpGroupNames) {
    const now = groupDigest(group, (name) => valueOf(has(name)))
    if (now !== before.get(group)) left.add(group)
    const digest = left.has(group) ? before.get(group) : groupDigest(group, (name) => valueOf(wants(name)))
    if (digest !== undefined) after.set(group, digest)
  }
  const ledger = renderLedger(after)
  const isOurs = (name: string): boolean => name.startsWith(SMUGMUG_NAMESPACE) || xmpGroupNames.some((group) => !left.has(group) && holds(group, name))
  if (saysAlready({ has, theirs, mine, ledger, isOurs, same: after })) return existing
  return ''
}
