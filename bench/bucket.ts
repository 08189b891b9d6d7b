/** A vault in a bucket: the requests of each kind of run, and their price. */
import { type S3Double, type S3Request, startS3Double } from '../test/support/s3-double.ts'
import { PROGRAM, run } from './contestants.ts'
import type { Row } from './measure.ts'
import type { Bench, Scenario } from './scenario.ts'
import { Service } from './service.ts'

/** Dollars for a million requests. Not counted: amounts that are free each day or month, storage, and bytes that leave the bucket. */
interface Prices {
  readonly name: string
  /** PUT, and each request of an upload in parts. */
  readonly put: number
  readonly copy: number
  readonly list: number
  /** GET and HEAD. */
  readonly get: number
}

/** Public prices; docs/bucket.md has their sources and date. Removing costs nothing anywhere. */
const PRICES: readonly Prices[] = [
  { name: 'Amazon S3', put: 5, copy: 5, list: 5, get: 0.4 },
  { name: 'Cloudflare R2', put: 4.5, copy: 4.5, list: 4.5, get: 0.36 },
  { name: 'Backblaze B2', put: 0, copy: 4, list: 4, get: 0.4 },
]

const PRICE_OF: Readonly<Record<S3Request, keyof Omit<Prices, 'name'> | undefined>> = {
  ...{ put: 'put', begin: 'put', part: 'put', complete: 'put', copy: 'copy', list: 'list', uploads: 'list', get: 'get', head: 'get' },
  ...{ delete: undefined, 'delete-many': undefined, abort: undefined },
}

type Counts = Readonly<Partial<Record<S3Request, number>>>

const KINDS = Object.keys(PRICE_OF) as readonly S3Request[]
const PHOTOS_OF_AN_ALBUM = 50
const MILLION = 1_000_000

/** The requests of each run over an account of that many albums. */
interface Measured {
  readonly first: Counts
  readonly night: Counts
  readonly renamed: Counts
  readonly verify: Counts
  readonly elsewhere: Counts
}

async function requestsOf(bench: Bench, albums: number): Promise<Measured> {
  await using service = await Service.start({ albums, images: PHOTOS_OF_AN_ALBUM, bytes: 2000 })
  const double = await startS3Double()
  const [here, other] = [bench.folder(), bench.folder()]
  const counted = async (command: string, state = here, ...options: readonly string[]): Promise<Counts> => {
    double.counts.clear()
    await run(process.execPath, [PROGRAM, command, ...options], { cwd: state, env: envOf(service, double, state) })
    return Object.fromEntries(double.counts)
  }
  try {
    const first = await counted('backup')
    const night = await counted('backup')
    await service.send({ do: 'rename' })
    const renamed = await counted('backup')
    return { first, night, renamed, verify: await counted('verify', here, '--content'), elsewhere: await counted('backup', other) }
  } finally {
    double.stop()
  }
}

const envOf = ({ keys, apiUrl }: Service, { endpoint }: S3Double, state: string): Readonly<Record<string, string>> => ({
  ...{ HOME: state, SMGMG_BK_STATE_FOLDER: state, SMGMG_BK_BASE_URL: apiUrl, SMGMG_BK_DESTINATION: 's3://photos/vault' },
  ...{ SMGMG_BK_API_KEY: keys.apiKey, SMGMG_BK_API_SECRET: keys.apiSecret },
  ...{ SMGMG_BK_USER_TOKEN: keys.userToken, SMGMG_BK_USER_SECRET: keys.userSecret },
  ...{ SMGMG_BK_S3_ENDPOINT: endpoint, SMGMG_BK_S3_REGION: 'us-east-1' },
  ...{ SMGMG_BK_S3_ACCESS_KEY_ID: 'DOUBLE', SMGMG_BK_S3_SECRET_ACCESS_KEY: 'a secret' },
})

const combined = (of: (kind: S3Request) => number): Counts => Object.fromEntries(KINDS.map((kind) => [kind, Math.max(0, of(kind))]))

/** Draws the line through the counts of two accounts on to a million items: some requests are asked once a run, others for each item, album or page. */
const atMillion = (small: Counts, large: Counts, items: readonly [number, number]): Counts =>
  combined((kind) => {
    const [few, many] = [small[kind] ?? 0, large[kind] ?? 0]
    return Math.round(few + ((many - few) / (items[1] - items[0])) * (MILLION - items[0]))
  })

const inWords = (counts: Counts): string =>
  KINDS.flatMap((kind) => (counts[kind] ? [`${counts[kind].toLocaleString('en')} ${kind.toUpperCase()}`] : [])).join(', ')

/** Returns the dollars that requests cost. */
const costOf = (counts: Counts, prices: Prices): number =>
  KINDS.reduce((sum, kind) => {
    const price = PRICE_OF[kind]
    return sum + (price === undefined ? 0 : ((counts[kind] ?? 0) / MILLION) * prices[price])
  }, 0)

export const buckets: Scenario = {
  number: 15,
  title: 'A vault in a bucket: requests for a million items in albums of 50, and their price',
  async measure(bench) {
    const albums = [bench.size(20, 4), bench.size(80, 8)] as const
    const items = [albums[0] * PHOTOS_OF_AN_ALBUM, albums[1] * PHOTOS_OF_AN_ALBUM] as const
    const [small, large] = [await requestsOf(bench, albums[0]), await requestsOf(bench, albums[1])]
    const drawn = (which: keyof Measured): Counts => atMillion(small[which], large[which], items)
    const moved = combined((kind) => Math.round((((large.renamed[kind] ?? 0) - (large.night[kind] ?? 0)) / PHOTOS_OF_AN_ALBUM) * MILLION))
    const runs: Readonly<Record<string, Counts>> = {
      'a first run': drawn('first'),
      'a night without changes': drawn('night'),
      'all albums of another name': moved,
      'verify --content': drawn('verify'),
      'another computer goes on': drawn('elsewhere'),
    }
    return Object.entries(runs).flatMap(([what, counts]) =>
      PRICES.map((prices, index): Row => {
        const about = index === 0 ? `${what} (${inWords(counts)}), ${prices.name}` : `the same, ${prices.name}`
        return { what: about, unit: 'USD', ours: [costOf(counts, prices)] }
      }),
    )
  },
}
