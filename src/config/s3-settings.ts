import { ConfigurationError } from '../errors.ts'
import { type Kind, secret, serviceAddress, yesNo } from './kinds.ts'
import { optional } from './setting.ts'

/** Returns a kind for one word of Amazon's, such as `eu-central-1`. */
const word = (takes: string, fits: (value: string) => boolean = () => true): Kind<string> => ({
  takes,
  read: (raw) => {
    const value = typeof raw === 'string' ? raw.trim() : ''
    return /^[a-z\d][\w-]{0,62}$/i.test(value) && fits(value) ? value : undefined
  },
})

/** The classes whose objects must be brought back first, for hours, before they can be read. */
const ARCHIVES: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE'])

const readable = word(
  'the name of a class whose files can be read at once, such as "STANDARD_IA" or "GLACIER_IR" (not "GLACIER" or "DEEP_ARCHIVE")',
  (value) => !ARCHIVES.has(value.toUpperCase()),
)

/** The settings of a vault in a bucket. */
export const s3Settings = {
  s3Endpoint: optional({
    section: 's3',
    key: 'endpoint',
    kind: serviceAddress,
    doc: "The address of the service, such as `https://s3.example.com`. Absent: Amazon's.",
  }),
  s3Region: optional({
    section: 's3',
    key: 'region',
    kind: word('the name of a region, such as "eu-central-1"'),
    doc: "The region of the bucket. Absent: from the places where Amazon's own tools look; with `endpoint` and nothing there, `us-east-1`.",
  }),
  s3PathStyle: optional({
    section: 's3',
    key: 'path_style',
    kind: yesNo,
    doc: 'The bucket stands in the path of addresses (`true`) or in their host name (`false`). Absent: `true` with `endpoint`, else `false`.',
  }),
  s3StorageClass: optional({
    section: 's3',
    key: 'storage_class',
    kind: { ...readable, read: (raw) => readable.read(raw)?.toUpperCase() },
    doc: "The storage class of new files. Absent: the bucket's own. Every file must be readable at once: a class that archives is refused.",
  }),
  s3AccessKeyId: optional({
    section: 's3',
    key: 'access_key_id',
    kind: secret,
    doc: "The name of the access key. Absent: keys are looked for where Amazon's own tools find them (`AWS_ACCESS_KEY_ID`, `~/.aws`, a role of the machine…).",
  }),
  s3SecretAccessKey: optional({
    section: 's3',
    key: 'secret_access_key',
    kind: secret,
    doc: 'The secret that belongs to `access_key_id`.',
  }),
}

/** Throws `ConfigurationError` when an access key is given by half: the other half must not come from another place. */
export const checkAccessKey = (keys: {
  readonly s3AccessKeyId: string | undefined
  readonly s3SecretAccessKey: string | undefined
}): void => {
  const { s3AccessKeyId, s3SecretAccessKey } = keys
  if ((s3AccessKeyId === undefined) === (s3SecretAccessKey === undefined)) return
  const [given, missing] = s3AccessKeyId === undefined ? ['secret_access_key', 'access_key_id'] : ['access_key_id', 'secret_access_key']
  throw new ConfigurationError(`${given} of [s3] is given without ${missing}.`, {
    hint: "Give both, or none of them to use the keys of Amazon's own tools.",
  })
}
