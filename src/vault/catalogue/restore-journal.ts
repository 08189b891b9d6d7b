import { DatabaseSync } from 'node:sqlite'
import { DamagedDatabaseError, guarded, refuseOther, type SqliteFile, together } from './guarded.ts'
import type { Row } from './readers.ts'

/** A folder or album of the vault, and what was made of it at SmugMug. */
export interface JournalNode {
  /**
   * `intended`: the request may have been sent; `private`: SmugMug made it, private, and no restore opened it; `opened`: it has its privacy back.
   * `made` stands in journals of earlier versions, which did not note whether they opened it.
   */
  readonly state: 'intended' | 'private' | 'made' | 'opened'
  readonly nodeId?: string
  readonly albumKey?: string
  /** The time of the intent or of its end, in milliseconds since 1970. */
  readonly at: number
}

/** An item of the vault, and its image at SmugMug. */
export interface JournalItem {
  /** `intended`: the upload may have arrived; `made`: it did, from here; `found`: it stood there already. */
  readonly state: 'intended' | 'made' | 'found'
  /** The album at SmugMug that it was sent to. */
  readonly album: string
  readonly imageKey?: string
  readonly serial?: number
  /** The time of the intent or of its end, in milliseconds since 1970. */
  readonly at: number
  /** The images of its name that the album had before the intent. Anything else of this name is the upload. */
  readonly namesakes: readonly string[]
}

/** An album of the vault and an image in it: the name of an item. */
export interface ItemName {
  readonly album: string
  readonly imageKey: string
}

/** The image at SmugMug that an item is. */
export type Settled = Required<Pick<JournalItem, 'album' | 'imageKey' | 'serial' | 'at'>> & { readonly state: 'made' | 'found' }

const VERSION = 1
const TABLES = `
  CREATE TABLE nodes (
    target TEXT, source TEXT, state TEXT NOT NULL, node TEXT, album TEXT, at INTEGER NOT NULL, PRIMARY KEY (target, source)
  ) WITHOUT ROWID;
  CREATE TABLE items (
    target TEXT, album TEXT, image TEXT, state TEXT NOT NULL, target_album TEXT NOT NULL, target_image TEXT, serial INTEGER, at INTEGER NOT NULL,
    namesakes TEXT NOT NULL,
    PRIMARY KEY (target, album, image)
  ) WITHOUT ROWID;
  CREATE INDEX items_by_image ON items (target, image) WHERE target_image IS NOT NULL;
  CREATE INDEX items_by_target ON items (target, target_image) WHERE target_image IS NOT NULL;
  CREATE INDEX nodes_by_target ON nodes (target, node) WHERE node IS NOT NULL;
`

/**
 * The journal of all that restores sent to SmugMug, and how it ended: an intent is on the disk before its request is sent, an end as soon as it is known.
 * Without it a restore would have to guess which photos it made. One vault may go back to several accounts; `target` tells them apart.
 */
export class RestoreJournal {
  readonly #db: DatabaseSync
  readonly #file: SqliteFile
  readonly #target: string

  private constructor(db: DatabaseSync, { file, target }: { readonly file: SqliteFile; readonly target: string }) {
    this.#db = db
    this.#file = file
    this.#target = target
  }

  /** Opens or makes the journal; `:memory:` makes one that is forgotten. Throws `DestinationError` when it is damaged or the disk refuses it. */
  static open(path: string, target: string): RestoreJournal {
    const file: SqliteFile = {
      path,
      name: 'The journal of restores',
      harmless: 'Your photos are not affected.',
      cure: 'Give it another name: the next restore then knows photos by their bytes, and videos by their names.',
    }
    refuseOther(file)
    return guarded(file, () => {
      const db = new DatabaseSync(path, { timeout: 5000 })
      try {
        db.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL')
        const version = Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0)
        if (version === 0) db.exec(`BEGIN; ${TABLES}; PRAGMA user_version = ${VERSION}; COMMIT`)
        else if (version !== VERSION) throw new DamagedDatabaseError(file, 'it has another version')
        return new RestoreJournal(db, { file, target })
      } catch (error) {
        db.close()
        throw error
      }
    })
  }

  /** Returns what was made of a folder or album. */
  node(source: string): JournalNode | undefined {
    const row = this.#get('SELECT state, node, album, at FROM nodes WHERE target = ? AND source = ?', source)
    if (row === undefined) return undefined
    return { state: row.state as JournalNode['state'], at: Number(row.at), ...text('nodeId', row.node), ...text('albumKey', row.album) }
  }

  /** Returns the folder or album of the vault that a restore made this node at SmugMug for, and its state; undefined if none did. */
  madeAs(nodeId: string): { readonly source: string; readonly state: JournalNode['state'] } | undefined {
    const row = this.#get('SELECT source, state FROM nodes WHERE target = ? AND node = ?', nodeId)
    return row === undefined ? undefined : { source: String(row.source), state: row.state as JournalNode['state'] }
  }

  /** Returns the keys of all albums at SmugMug that restores made. */
  madeAlbums(): ReadonlySet<string> {
    const sql = 'SELECT album FROM nodes WHERE target = ? AND album IS NOT NULL'
    return guarded(
      this.#file,
      () =>
        new Set(
          this.#db
            .prepare(sql)
            .all(this.#target)
            .map(({ album }) => String(album)),
        ),
    )
  }

  /** Notes the intent to make a folder or an album. */
  intendNode(source: string, at: number): void {
    this.#run("INSERT OR REPLACE INTO nodes VALUES (?, ?, 'intended', NULL, NULL, ?)", source, at)
  }

  /** Notes a folder or album that was made, and is private. */
  madeNode(source: string, made: { readonly nodeId: string; readonly albumKey?: string | undefined; readonly at: number }): void {
    this.#run("INSERT OR REPLACE INTO nodes VALUES (?, ?, 'private', ?, ?, ?)", source, made.nodeId, made.albumKey ?? null, made.at)
  }

  /** Notes that a node at SmugMug, which a restore made, was opened. From then on its protection is its owner's to change. */
  openedNode(nodeId: string): void {
    this.#run("UPDATE nodes SET state = 'opened' WHERE target = ? AND node = ?", nodeId)
  }

  /** Forgets an intent that certainly came to nothing. */
  dropNode(source: string): void {
    this.#run('DELETE FROM nodes WHERE target = ? AND source = ?', source)
  }

  /** Returns what was made of an item. */
  item({ album, imageKey }: ItemName): JournalItem | undefined {
    const row = this.#get('SELECT * FROM items WHERE target = ? AND album = ? AND image = ?', album, imageKey)
    return row === undefined ? undefined : itemOf(row)
  }

  /** Returns the image at SmugMug that was last made of an image of the vault, in whichever album. */
  imageOf(imageKey: string): { readonly imageKey: string; readonly serial: number } | undefined {
    const row = this.#get(
      'SELECT target_image, serial FROM items WHERE target = ? AND image = ? AND target_image IS NOT NULL ORDER BY at DESC LIMIT 1',
      imageKey,
    )
    return row === undefined ? undefined : { imageKey: String(row.target_image), serial: Number(row.serial ?? 0) }
  }

  /** Did a restore upload this image at SmugMug? */
  hasUploaded(targetImage: string): boolean {
    return this.#get("SELECT 1 FROM items WHERE target = ? AND target_image = ? AND state = 'made'", targetImage) !== undefined
  }

  /** Notes the intent to upload an item. */
  intendItem({ album, imageKey }: ItemName, intent: Pick<JournalItem, 'album' | 'at' | 'namesakes'>): void {
    const { album: targetAlbum, at, namesakes } = intent
    const values = [album, imageKey, targetAlbum, at, JSON.stringify(namesakes)]
    this.#run("INSERT OR REPLACE INTO items VALUES (?, ?, ?, 'intended', ?, NULL, NULL, ?, ?)", ...values)
  }

  /** Notes the image at SmugMug that an item is now. */
  settleItem({ album, imageKey }: ItemName, end: Settled): void {
    const { state, album: targetAlbum, imageKey: image, serial, at } = end
    this.#run("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, '[]')", album, imageKey, state, targetAlbum, image, serial, at)
  }

  /** Forgets an intent that certainly came to nothing. */
  dropItem({ album, imageKey }: ItemName): void {
    this.#run('DELETE FROM items WHERE target = ? AND album = ? AND image = ?', album, imageKey)
  }

  /** Forgets an image that is gone from SmugMug, with its places in other albums. */
  forgetImage(targetImage: string): void {
    this.#run('DELETE FROM items WHERE target = ? AND target_image = ?', targetImage)
  }

  /** Runs `work`, which must not wait, and makes all that it notes durable at once: each note alone costs a flush of the disk. */
  together<T>(work: () => T): T {
    return together(this.#file, this.#db, work)
  }

  close(): void {
    this.#db.close()
  }

  #get(sql: string, ...values: readonly string[]): Row | undefined {
    return guarded(this.#file, () => this.#db.prepare(sql).get(this.#target, ...values))
  }

  #run(sql: string, ...values: readonly (string | number | null)[]): void {
    guarded(this.#file, () => this.#db.prepare(sql).run(this.#target, ...values))
  }
}

const text = <Name extends string>(name: Name, value: unknown): { readonly [Key in Name]?: string } =>
  typeof value === 'string' ? ({ [name]: value } as { readonly [Key in Name]: string }) : {}

function itemOf(row: Row): JournalItem {
  return {
    state: row.state as JournalItem['state'],
    album: String(row.target_album),
    at: Number(row.at),
    namesakes: JSON.parse(String(row.namesakes)) as readonly string[],
    ...text('imageKey', row.target_image),
    ...(row.serial !== null && { serial: Number(row.serial) }),
  }
}
