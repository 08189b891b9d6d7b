import { holdsControls, type Kind, wholeNumber } from './kinds.ts'
import { optional, preset } from './setting.ts'

const databaseAddress: Kind<string> = {
  takes: 'an address such as `postgresql://user:password@host:5432/name`',
  secret: true,
  read: (raw) => {
    if (typeof raw !== 'string' || holdsControls(raw.trim())) return undefined
    const text = raw.trim()
    return /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? '') ? text : undefined
  },
}

/** The settings of many accounts on many machines. */
export const fleetSettings = {
  fleetDatabase: optional({
    section: 'fleet',
    key: 'database',
    kind: databaseAddress,
    doc: 'The address of the PostgreSQL database that holds the accounts and the queue. A password in it is a secret.',
  }),
  fleetCallsPerSecond: optional({
    section: 'fleet',
    key: 'calls_per_second',
    kind: wholeNumber(1, 1000),
    doc: 'The most calls a second to the API of SmugMug, for each API key, of all workers together. Absent: as many as SmugMug answers.',
  }),
  fleetJobs: preset(4, {
    section: 'fleet',
    key: 'jobs',
    kind: wholeNumber(1, 100),
    doc: 'The number of accounts that this worker backs up at once.',
    flag: { name: '--jobs', value: 'N' },
  }),
}
