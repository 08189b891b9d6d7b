import { formatNumber } from '../../../events.ts'
import type { Sheet } from '../files.ts'
import type { HandoverRun } from '../job.ts'
import { CADDY, NGINX, redirectsReadme } from '../texts/redirects.ts'
import type { Redirect } from './addresses.ts'
import { bulkLine, CLOUDFLARE_LINES, caddyLine, cloudflareLine, csvLine, nginxLine } from './formats.ts'

type Sheets = Readonly<Record<'nginx' | 'caddy' | 'csv', Sheet>>

/** Writes each redirect into the files of all servers. */
export class Maps {
  readonly #run: HandoverRun
  readonly #sheets: Sheets
  #bulk: Sheet | undefined
  /** The lines of Cloudflare's `_redirects`, no more than it takes. Its albums stand before its photos. */
  readonly #cloudflare: Readonly<Record<'album' | 'items', string[]>> = { album: [], items: [] }
  #written = 0

  private constructor(run: HandoverRun, sheets: Sheets) {
    this.#run = run
    this.#sheets = sheets
  }

  /** Begins the files. */
  static async open(run: HandoverRun): Promise<Maps> {
    const sheet = (name: string): Promise<Sheet> => run.files.sheet(name)
    const sheets = { nginx: await sheet('nginx-map.conf'), caddy: await sheet('caddy.conf'), csv: await sheet('redirects.csv') }
    await sheets.nginx.write(NGINX.head)
    await sheets.caddy.write(CADDY.head)
    await sheets.csv.write('from,to\n')
    return new Maps(run, sheets)
  }

  /** Adds redirects of albums, or of items. `host` is that of their old addresses, where it is known and the owner's own. */
  async add(kind: 'album' | 'items', redirects: readonly Redirect[], host: string | undefined): Promise<void> {
    const { nginx, caddy, csv } = this.#sheets
    for (const redirect of redirects) {
      this.#written += 1
      await nginx.write(nginxLine(redirect))
      await caddy.write(caddyLine(redirect))
      await csv.write(csvLine(redirect))
      if (host !== undefined) {
        this.#bulk ??= await this.#run.files.sheet('cloudflare-bulk.csv')
        await this.#bulk.write(bulkLine(redirect, host))
      }
      const line = this.#cloudflare[kind].length < CLOUDFLARE_LINES ? cloudflareLine(redirect) : undefined
      if (line !== undefined) this.#cloudflare[kind].push(line)
    }
  }

  /** Ends the files, and writes the short ones. */
  async finish(): Promise<void> {
    const { files, emit } = this.#run
    await this.#sheets.nginx.write(NGINX.foot)
    await this.#sheets.caddy.write(CADDY.foot)
    const lines = [...this.#cloudflare.album, ...this.#cloudflare.items].slice(0, CLOUDFLARE_LINES)
    if (lines.length < this.#written) {
      const message = `Cloudflare takes ${formatNumber(CLOUDFLARE_LINES)} addresses in _redirects: it has ${formatNumber(lines.length)} of ${formatNumber(this.#written)}, the albums first. The other files have all.`
      emit({ event: 'warning', message })
    }
    await files.folder('', [
      { path: '_redirects', text: lines.join('') },
      { path: 'nginx-server.conf', text: NGINX.server },
      { path: 'README.txt', text: redirectsReadme({ to: this.#run.to, hasBulk: this.#bulk !== undefined }) },
    ])
  }
}
