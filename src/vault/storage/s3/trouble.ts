/** Says what a server's refusal means for people. Pure: codes in, one of our errors out. */
import { ConfigurationError, DestinationError } from '../../../errors.ts'
import { StorageError } from '../storage.ts'

/** The known facts about a failed request. Servers' own texts are left out: they may repeat keys. */
export interface Failure {
  /** The server's code, such as `NoSuchBucket`, or the name of the library's error. */
  readonly name: string
  /** HTTP status; absent when there was no answer. */
  readonly status?: number
  /** The operating system's or TLS' code, such as `ECONNREFUSED`. */
  readonly code?: string
  /** The bucket's region, where the server named it. */
  readonly region?: string
  readonly cause: unknown
}

/** The request that failed. */
export interface Asked {
  readonly bucket: string
  /** The server's host name for people. */
  readonly host: string
  readonly does: 'look' | 'list' | 'read' | 'write' | 'remove'
  /** The object's key; absent when the request was about the bucket. */
  readonly key?: string
  readonly storageClass?: string | undefined
}

/** The name of the failure of an answer with status 200 that no server of S3 gives. */
export const NOT_OF_S3 = 'an answer that is not one of S3'

/** Does a failure pass by itself? The library tries such requests again, but for those whose bytes came from a stream. */
export function isPassing({ name, status, code }: Failure): boolean {
  if (FULL.test(name) || status === 507) return false
  if (status === undefined) return [BROKEN, ...UNREACHED.map(([pattern]) => pattern)].some((pattern) => pattern.test(code ?? name))
  return status === 429 || status >= 500 || THROTTLED.has(name) || name === 'RequestTimeout' || name === NOT_OF_S3
}

/** Returns the error to throw; undefined when the failure is none of a server or a connection: then it is a bug. */
export const troubleOf = (failure: Failure, asked: Asked): Error | undefined =>
  bucketTrouble(failure, asked) ?? objectTrouble(failure, asked) ?? connectionTrouble(failure, asked)

/** The answers that concern the bucket as a whole. */
function bucketTrouble(failure: Failure, { bucket, host, does, storageClass }: Asked): Error | undefined {
  const { name, status, cause } = failure
  const answer = answerOf(failure)
  const whole = (message: string, hint: string) => new DestinationError(message, { hint, cause })
  if (name === 'NoSuchBucket') {
    return whole(`There is no bucket "${bucket}" at ${host}.`, 'Make it there, or correct destination: this program makes no buckets.')
  }
  if (BAD_KEYS.has(name)) {
    return whole(`${host} does not accept the access key (${answer}).`, 'Check access_key_id and secret_access_key in [s3].')
  }
  if (name === 'RequestTimeTooSkewed') {
    return whole(`${host} refuses requests because this computer's clock is wrong (${answer}).`, 'Set the clock of this computer.')
  }
  if (WRONG_REGION.has(name) || status === 301 || status === 307) {
    const { region } = failure
    return region === undefined
      ? whole(`The bucket "${bucket}" belongs to another region or address (${answer}).`, 'Check region and endpoint in [s3].')
      : whole(`The bucket "${bucket}" is in the region ${region}.`, `Write region = "${region}" in [s3].`)
  }
  // The Ceph gateway has no word of its own for it.
  if (name === 'InvalidStorageClass' || (name === 'InvalidArgument' && does === 'write' && storageClass !== undefined)) {
    const hint = 'Choose another one, or leave storage_class out.'
    return new ConfigurationError(`${host} does not know the storage class ${storageClass ?? ''}.`, { hint, cause })
  }
  if (status === 507 || FULL.test(name)) {
    return whole(`The bucket "${bucket}" at ${host} is full, or at its limit (${answer}).`, 'Make room there, or raise its limit.')
  }
  if (status === 429 || status === 503 || THROTTLED.has(name)) {
    return whole(`${host} takes no more requests at present (${answer}).`, 'Run it again later.')
  }
  if (isDenied(failure) && does !== 'read' && does !== 'remove') {
    const hint = 'Give the access key the permissions to list the bucket and to read, write and delete its objects.'
    return whole(`${host} does not let this access key ${does === 'write' ? 'write to' : 'list'} the bucket "${bucket}" (${answer}).`, hint)
  }
  return undefined
}

/** The answers that concern one object. */
function objectTrouble(failure: Failure, { key, host, does }: Asked): Error | undefined {
  const { name, status, cause } = failure
  if (key === undefined || status === undefined) return undefined
  const answer = answerOf(failure)
  const one = (message: string, code: string) => new StorageError(message, { code, path: key, cause })
  if (name === 'InvalidObjectState') {
    return one(`${key} lies in an archive of ${host} and cannot be read at once: bring it back there first (${answer})`, 'EACCES')
  }
  if (name === 'EntityTooLarge') return one(`${key} is larger than ${host} takes a file (${answer})`, 'EFBIG')
  if (TOO_LONG.has(name))
    return one(`the name ${key} is too long for ${host}, or holds a character that it does not take (${answer})`, 'ENAMETOOLONG')
  if (name === 'NoSuchKey' || (status === 404 && does !== 'write')) return one(`${key} is not in the bucket (${answer})`, 'ENOENT')
  if (isDenied(failure)) {
    return one(`${host} does not let this access key ${does === 'remove' ? 'remove' : 'read'} ${key} (${answer})`, 'EACCES')
  }
  if (name === 'BadDigest') return one(`${key} arrived damaged at ${host} (its checksum differs)`, 'EIO')
  return one(`${host} refused ${key} (${answer})`, 'EIO')
}

/** The trouble on the way, and answers about the bucket that no rule above names. */
function connectionTrouble({ name, status, code, cause }: Failure, { host, key, bucket, does }: Asked): Error | undefined {
  const whole = (message: string, hint: string) => new DestinationError(message, { hint, cause })
  if (status !== undefined) {
    return whole(
      `${host} refused a request for the bucket "${bucket}" (${answerOf({ name, status })}).`,
      'Check endpoint and region in [s3], and run it again.',
    )
  }
  if (name === 'CredentialsProviderError') {
    return new ConfigurationError(`There is no access key for ${host}.`, {
      hint: "Write access_key_id and secret_access_key into [s3], or set up the keys where Amazon's own tools look for them.",
      cause,
    })
  }
  if (code === undefined && name !== 'TimeoutError') return undefined
  const shown = code ?? name
  const certificate = CERTIFICATE.find(([pattern]) => pattern.test(shown))
  if (certificate !== undefined) return whole(`The connection to ${host} is not safe: ${certificate[1]} (${shown}).`, certificate[2])
  const unreached = UNREACHED.find(([pattern]) => pattern.test(shown))?.[1]
  if (unreached !== undefined) return whole(`${host} ${unreached} (${shown}).`, 'Check endpoint in [s3] and the network, and run it again.')
  if (!BROKEN.test(shown)) return undefined
  return key === undefined || does === 'list'
    ? whole(`The connection to ${host} broke off (${shown}).`, 'Run it again.')
    : new StorageError(`the connection to ${host} broke off at ${key} (${shown})`, { code: 'EIO', path: key, cause })
}

const answerOf = ({ name, status }: Pick<Failure, 'name' | 'status'>): string =>
  name === NOT_OF_S3
    ? `${status}, ${name}`
    : status === undefined || name === String(status) || !/^\w+$/.test(name) || name.startsWith('Unknown')
      ? `${status ?? name}`
      : `${status} ${name}`

const isDenied = ({ name, status }: Failure): boolean => status === 401 || status === 403 || name === 'AccessDenied'

const BAD_KEYS: ReadonlySet<string> = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidToken',
  'ExpiredToken',
  'TokenRefreshRequired',
  'InvalidClientTokenId',
])
const WRONG_REGION: ReadonlySet<string> = new Set([
  'PermanentRedirect',
  'TemporaryRedirect',
  'Redirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
])
const THROTTLED: ReadonlySet<string> = new Set(['SlowDown', 'ServiceUnavailable', 'ThrottlingException', 'RequestLimitExceeded'])
const TOO_LONG: ReadonlySet<string> = new Set(['KeyTooLongError', 'KeyTooLong', 'InvalidObjectName', 'InvalidURI', 'InvalidKey'])
const FULL = /^(?:QuotaExceeded|InsufficientStorage|XMinioStorageFull|XMinioAdminBucketQuotaExceeded|StorageQuotaExceeded)$/

const CERTIFICATE: readonly (readonly [RegExp, string, string])[] = [
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'its certificate is for another name',
    'Check endpoint in [s3]; a bucket with a dot in its name needs path_style = true.',
  ],
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired', "Check this computer's clock, or renew the certificate there."],
  [
    /^(?:CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_)/,
    'its certificate is signed by nobody whom this computer trusts',
    'Let NODE_EXTRA_CA_CERTS name a file with the certificate of the authority that signed it.',
  ],
  [/^(?:EPROTO|ERR_SSL_)/, 'it does not speak TLS as expected', 'Check whether endpoint in [s3] begins with http:// or https://.'],
]
const UNREACHED: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'refused the connection'],
  [/^(?:ENOTFOUND|EAI_\w+)$/, 'was not found: no such name, or no network'],
  [/^(?:ENETUNREACH|EHOSTUNREACH|ENETDOWN|EHOSTDOWN)$/, 'cannot be reached'],
  [/^HPE_\w+$/, 'gave an answer that is not HTTP'],
]
const BROKEN = /^(?:ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|TimeoutError|ERR_STREAM_PREMATURE_CLOSE|ERR_PROXY_TUNNEL)$/
