/** The requests of S3, one method each, in our own words. See: client.ts */
import type { Readable } from 'node:stream'
import type { BucketObject, ObjectFacts, ObjectHead, Page, Stored } from './bucket.ts'
import { type Connection, failureOf } from './client.ts'
import { decodeKey, encodeSource, factsOf, metadataOf } from './metadata.ts'
import { type Asked, NOT_OF_S3, troubleOf } from './trouble.ts'

/** A page of a listing, and the place at which the next one begins. */
export interface WirePage extends Page {
  readonly next: string | undefined
}

/** The bytes of an object from some byte on, as they come. */
export interface Answer {
  readonly bytes: AsyncIterable<Uint8Array>
  /** Bytes to come; undefined when the server did not say it. */
  readonly size: number | undefined
  readonly etag: string
}

/** A stream whose size and MD5 (hexadecimal) are known. */
export interface Promised {
  readonly stream: Readable
  readonly size: number
  readonly md5: string
}

interface Part {
  readonly id: string
  /** From 1 on. */
  readonly number: number
  readonly bytes: Uint8Array
}

/** An upload in parts that was begun. */
interface Upload {
  readonly key: string
  readonly id: string
}

/** A place in a listing. */
export interface Place extends Stoppable {
  readonly prefix: string
  readonly delimiter?: string | undefined
  /** The `next` of the page before. */
  readonly from?: string | undefined
  /** The most objects to return. */
  readonly most?: number | undefined
}

interface Stoppable {
  readonly signal?: AbortSignal | undefined
}

type About = Pick<Asked, 'does' | 'key'>

/** The requests to one bucket. They throw one of our errors for every trouble, and the signal's reason when they are aborted. */
export class Requests {
  readonly #connection: Connection
  readonly #library: Connection['library']
  readonly #client: Connection['client']
  readonly #bucket: string

  constructor(connection: Connection) {
    this.#connection = connection
    this.#library = connection.library
    this.#client = connection.client
    this.#bucket = connection.bucket
  }

  /** Stores an object. A stream must give exactly as many bytes as promised, and is sent once. */
  async put(key: string, body: Uint8Array | Promised, { signal, ...facts }: ObjectFacts & Stoppable): Promise<Stored> {
    const given =
      body instanceof Uint8Array
        ? { Body: body }
        : { Body: body.stream, ContentLength: body.size, ContentMD5: Buffer.from(body.md5, 'hex').toString('base64') }
    const answer = await this.#ask({ does: 'write', key, signal }, (how) =>
      this.#client.send(new this.#library.PutObjectCommand({ Bucket: this.#bucket, Key: key, ...given, ...this.#fresh(facts) }), how),
    )
    return this.#stored(answer, answer.ETag, key)
  }

  /** Begins an upload in parts. Returns its id. */
  async begin(key: string, facts: ObjectFacts): Promise<string> {
    const command = new this.#library.CreateMultipartUploadCommand({ Bucket: this.#bucket, Key: key, ...this.#fresh(facts) })
    const { UploadId } = await this.#ask({ does: 'write', key }, () => this.#client.send(command))
    if (UploadId === undefined) throw this.untrusted({ does: 'write', key })
    return UploadId
  }

  /** Sends one part. Returns its ETag. */
  async part(key: string, { id, number, bytes, signal }: Part & Stoppable): Promise<string> {
    const command = new this.#library.UploadPartCommand({ Bucket: this.#bucket, Key: key, UploadId: id, PartNumber: number, Body: bytes })
    const { ETag } = await this.#ask({ does: 'write', key, signal }, (how) => this.#client.send(command, how))
    if (ETag === undefined) throw this.untrusted({ does: 'write', key })
    return ETag
  }

  /** Sends one part that is a range of another object. Returns its ETag. */
  async partOf(
    from: string,
    { key, id, number, range }: Omit<Part, 'bytes'> & { readonly key: string; readonly range: string },
  ): Promise<string> {
    const command = new this.#library.UploadPartCopyCommand({
      ...{ Bucket: this.#bucket, Key: key, UploadId: id, PartNumber: number },
      ...{ CopySource: encodeSource(this.#bucket, from), CopySourceRange: range },
    })
    const { CopyPartResult } = await this.#ask({ does: 'write', key: from }, () => this.#client.send(command))
    if (CopyPartResult?.ETag === undefined) throw this.untrusted({ does: 'write', key: from })
    return CopyPartResult.ETag
  }

  /** Makes the object of its parts. */
  async complete(key: string, { id, etags }: { readonly id: string; readonly etags: readonly string[] }): Promise<Stored> {
    const Parts = etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }))
    const command = new this.#library.CompleteMultipartUploadCommand({
      Bucket: this.#bucket,
      Key: key,
      UploadId: id,
      MultipartUpload: { Parts },
    })
    const answer = await this.#ask({ does: 'write', key }, () => this.#client.send(command))
    return this.#stored(answer, answer.ETag, key)
  }

  /** Removes the parts of an upload that is not ended. */
  async abandon(key: string, id: string): Promise<void> {
    await this.#ask({ does: 'remove', key }, () =>
      this.#client.send(new this.#library.AbortMultipartUploadCommand({ Bucket: this.#bucket, Key: key, UploadId: id })),
    )
  }

  /** Returns uploads in parts that have been begun and not ended, up to 1,000. */
  async uploads(prefix: string): Promise<readonly Upload[]> {
    const command = new this.#library.ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: prefix, EncodingType: 'url' })
    const answer = await this.#ask({ does: 'list' }, () => this.#client.send(command))
    const spelt = answer.EncodingType === 'url' ? decodeKey : (key: string) => key
    return (answer.Uploads ?? []).map(({ Key = '', UploadId = '' }) => ({ key: spelt(Key), id: UploadId }))
  }

  /** Asks for the bytes of an object. Returns undefined when it has none from there on. */
  async get(key: string, { from, signal }: { readonly from: number } & Stoppable): Promise<Answer | undefined> {
    const range = from === 0 ? {} : { Range: `bytes=${from}-` }
    const answer = await this.#ask({ does: 'read', key, signal }, async (how) => {
      try {
        return await this.#client.send(new this.#library.GetObjectCommand({ Bucket: this.#bucket, Key: key, ...range }), how)
      } catch (error) {
        if (failureOf(error).status === 416) return undefined
        throw error
      }
    })
    if (answer === undefined) return undefined
    const { Body, ContentLength, ContentRange = '', ETag } = answer
    if (ETag === undefined || Body === undefined || (from > 0 && !ContentRange.startsWith(`bytes ${from}-`)))
      throw this.untrusted({ does: 'read', key })
    return { bytes: Body as Readable, size: ContentLength, etag: bare(ETag) }
  }

  /** Returns an object with its facts; undefined when there is none. */
  async head(key: string): Promise<ObjectHead | undefined> {
    const answer = await this.#ask({ does: 'read', key }, async () => {
      try {
        return await this.#client.send(new this.#library.HeadObjectCommand({ Bucket: this.#bucket, Key: key }))
      } catch (error) {
        if (failureOf(error).status === 404) return undefined
        throw error
      }
    })
    if (answer !== undefined && answer.ETag === undefined) throw this.untrusted({ does: 'read', key })
    return answer && { ...objectOf({ ...answer, Key: key, Size: answer.ContentLength }), ...factsOf(answer.Metadata ?? {}) }
  }

  /** Lists one page. */
  async page({ prefix, delimiter, from, most, signal }: Place): Promise<WirePage> {
    const answer = await this.#ask({ does: 'list', signal }, (how) =>
      this.#client.send(
        new this.#library.ListObjectsV2Command({
          Bucket: this.#bucket,
          ...{ Prefix: prefix, Delimiter: delimiter, ContinuationToken: from, MaxKeys: most, EncodingType: 'url' },
        }),
        how,
      ),
    )
    // Some other page with status 200 has neither: it must not count as a bucket without objects.
    if (answer.Name === undefined || answer.IsTruncated === undefined) throw this.untrusted({ does: 'list' })
    if (answer.IsTruncated && answer.NextContinuationToken === undefined) throw this.untrusted({ does: 'list' })
    const spelt = answer.EncodingType === 'url' ? decodeKey : (key: string) => key
    return {
      objects: (answer.Contents ?? []).map((each) => objectOf({ ...each, Key: spelt(each.Key ?? '') })),
      prefixes: (answer.CommonPrefixes ?? []).map(({ Prefix = '' }) => spelt(Prefix)),
      serverTime: this.#connection.serverTime(answer),
      next: answer.IsTruncated ? answer.NextContinuationToken : undefined,
    }
  }

  /** Copies an object (up to 5 GB) inside the bucket; its facts go with it, or are replaced by those given. */
  async copy(from: string, to: string, facts: ObjectFacts | undefined): Promise<Stored> {
    const replaced = facts === undefined ? {} : ({ MetadataDirective: 'REPLACE', ...this.#fresh(facts) } as const)
    const command = new this.#library.CopyObjectCommand({
      Bucket: this.#bucket,
      Key: to,
      CopySource: encodeSource(this.#bucket, from),
      ...this.#fresh({}),
      ...replaced,
    })
    const answer = await this.#ask({ does: 'write', key: from }, () => this.#client.send(command))
    return this.#stored(answer, answer.CopyObjectResult?.ETag, to)
  }

  /** Removes one object, or up to 1,000 whose keys XML can carry. */
  async remove(keys: readonly string[]): Promise<void> {
    const [key = ''] = keys
    if (keys.length === 1) {
      await this.#ask({ does: 'remove', key }, () =>
        this.#client.send(new this.#library.DeleteObjectCommand({ Bucket: this.#bucket, Key: key })),
      )
      return
    }
    const command = new this.#library.DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } })
    const { Deleted = [], Errors = [] } = await this.#ask({ does: 'remove' }, () => this.#client.send(command))
    const failed = Errors.find(({ Code }) => Code !== 'NoSuchKey')
    if (failed !== undefined) {
      const { Code = '', Key = '' } = failed
      const status = Code === 'AccessDenied' ? 403 : 400
      throw troubleOf({ name: Code, status, cause: undefined }, { ...this.#connection, does: 'remove', key: Key })
    }
    // Another page with status 200 names no object.
    if (Deleted.length + Errors.length < keys.length) throw this.untrusted({ does: 'remove' })
  }

  close(): void {
    this.#client.destroy()
  }

  /** Returns the parameters of every object that is made. */
  #fresh(facts: ObjectFacts) {
    const { storageClass } = this.#connection
    return { Metadata: metadataOf(facts), ...(storageClass !== undefined && { StorageClass: storageClass }) }
  }

  async #ask<T>({ signal, ...about }: About & Stoppable, send: (how: { abortSignal?: AbortSignal }) => Promise<T>): Promise<T> {
    try {
      signal?.throwIfAborted()
      return await send(signal === undefined ? {} : { abortSignal: signal })
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      throw troubleOf(failureOf(error), { ...this.#connection, ...about }) ?? error
    }
  }

  /** Returns the error for a connection that broke off while an answer was read; other errors as they are. */
  broken(key: string, error: unknown): unknown {
    return troubleOf(failureOf(error), { ...this.#connection, does: 'read', key }) ?? error
  }

  /** Returns the error for an answer that is not one of S3. */
  untrusted(about: About): Error {
    const failure = { name: NOT_OF_S3, status: 200, cause: undefined }
    return troubleOf(failure, { ...this.#connection, ...about }) as Error
  }

  #stored(answer: object, etag: string | undefined, key: string): Stored {
    if (etag === undefined) throw this.untrusted({ does: 'write', key })
    return { etag: bare(etag), serverTime: this.#connection.serverTime(answer) }
  }
}

const bare = (etag: string): string => etag.replaceAll('"', '')

/** Returns our form of an object. An absent ETag or size is none that a later comparison could take for right. */
const objectOf = (found: {
  readonly Key: string
  readonly Size?: number | undefined
  readonly ETag?: string | undefined
  readonly LastModified?: Date | undefined
  readonly StorageClass?: string | undefined
}): BucketObject => ({
  key: found.Key,
  size: found.Size ?? Number.NaN,
  etag: bare(found.ETag ?? ''),
  modified: found.LastModified?.getTime() ?? Number.NaN,
  ...(found.StorageClass !== undefined && found.StorageClass !== 'STANDARD' && { storageClass: found.StorageClass }),
})
