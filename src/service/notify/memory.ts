/** The memory of the troubles that were reported, in the user's state folder: it stays when the vault's disk is away. */
import * as v from 'valibot'
import { readNote, writeNote } from '../../app/state-note.ts'
import type { ReportedStore } from './notifier.ts'

const trouble = v.object({
  kind: v.picklist(['settings', 'sign-in', 'destination', 'incomplete', 'brake', 'error', 'damage', 'lost', 'disk', 'silence', 'copy']),
  since: v.number(),
})

const owed = v.object({
  now: v.number(),
  task: v.object({
    kind: v.literal('backup'),
    exitCode: v.exactOptional(v.number()),
    message: v.exactOptional(v.string()),
    hint: v.exactOptional(v.string()),
    forecast: v.exactOptional(v.object({ needs: v.number(), free: v.number() })),
  }),
})

const reportedShape = v.object({
  since: v.number(),
  lastGood: v.exactOptional(v.number()),
  open: v.object({
    backup: v.exactOptional(trouble),
    missed: v.exactOptional(trouble),
    damage: v.exactOptional(trouble),
    lost: v.exactOptional(trouble),
    disk: v.exactOptional(trouble),
    silence: v.exactOptional(trouble),
    copy: v.exactOptional(trouble),
  }),
  owed: v.exactOptional(owed),
})

/** Returns the memory about a vault. If nothing can be kept, or the note is damaged, lasting troubles are reported once more. */
export const reportedStore = (env: Readonly<Record<string, string | undefined>>, subject: string): ReportedStore => ({
  read: () => {
    const found = v.safeParse(reportedShape, readNote({ kind: 'reported', env, subject }))
    return found.success ? found.output : undefined
  },
  write: (reported) => writeNote({ kind: 'reported', env, subject }, reported),
})
