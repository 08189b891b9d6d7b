/** Writes an image in the form of the Open Container Initiative: a folder of blobs, each called by its checksum. */
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../executables/workshop.ts'

/** The reference to a blob. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: { readonly architecture: string; readonly os: string }
  readonly annotations?: Readonly<Record<string, string>>
}

/** A file system, as a folder whose times and modes are settled, and the order of how it is packed. */
export interface LayerOrder {
  readonly folder: string
  /** A place for files on the way. */
  readonly work: string
  readonly quick: boolean
}

/** One layer of an image. */
interface Layer {
  readonly descriptor: Descriptor
  /** The checksum of its contents before packing. */
  readonly diffId: string
}

/** One image, for one processor. */
export interface ImageOrder {
  readonly architecture: string
  readonly layers: readonly Layer[]
  /** The settings with which a container starts. */
  readonly config: object
  /** ISO 8601. */
  readonly created: string
  readonly annotations: Readonly<Record<string, string>>
}

const OCI = 'application/vnd.oci.image'

/** A layout that is being written. */
export class Layout {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(join(folder, 'blobs', 'sha256'), { recursive: true })
    writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  }

  /** Adds a file system as a layer. The same files, times and modes give the same bytes. */
  addLayer({ folder, work, quick }: LayerOrder): Layer {
    const [plain, packed] = [join(work, 'layer.tar'), join(work, 'layer.tar.gz')]
    const form = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--format=ustar']
    run('tar', ['--create', ...form, '--file', plain, '--directory', folder, '.'])
    const diffId = digestOf(readFileSync(plain))
    run('gzip', ['--force', '--no-name', quick ? '-1' : '-9', plain])
    const bytes = readFileSync(packed)
    const digest = digestOf(bytes)
    copyFileSync(packed, this.#blob(digest))
    rmSync(packed)
    return { diffId, descriptor: { mediaType: `${OCI}.layer.v1.tar+gzip`, digest, size: bytes.length } }
  }

  /** Adds an image for one processor. */
  addImage({ architecture, layers, config, created, annotations }: ImageOrder): Descriptor {
    const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) }
    const history = layers.map(() => ({ created, created_by: 'npm run image' }))
    const settings = this.#addJson(`${OCI}.config.v1+json`, { created, architecture, os: 'linux', config, rootfs, history })
    const image = {
      schemaVersion: 2,
      mediaType: `${OCI}.manifest.v1+json`,
      config: settings,
      layers: layers.map(({ descriptor }) => descriptor),
      annotations,
    }
    return { ...this.#addJson(image.mediaType, image), platform: { architecture, os: 'linux' } }
  }

  /** Ends the layout: one name for the images of all processors. Returns the checksum of all. */
  end(
    images: readonly Descriptor[],
    { name, annotations }: { readonly name: string; readonly annotations: ImageOrder['annotations'] },
  ): string {
    const mediaType = `${OCI}.index.v1+json`
    const all = this.#addJson(mediaType, { schemaVersion: 2, mediaType, manifests: images, annotations })
    const named = { ...all, annotations: { 'org.opencontainers.image.ref.name': name } }
    writeFileSync(join(this.#folder, 'index.json'), JSON.stringify({ schemaVersion: 2, mediaType, manifests: [named] }))
    return all.digest
  }

  #addJson(mediaType: string, value: object): Descriptor {
    const text = JSON.stringify(value)
    const digest = digestOf(Buffer.from(text))
    writeFileSync(this.#blob(digest), text)
    return { mediaType, digest, size: statSync(this.#blob(digest)).size }
  }

  readonly #blob = (digest: string): string => join(this.#folder, 'blobs', ...digest.split(':'))
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
