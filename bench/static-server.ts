import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { StaticFiles } from './service.ts'

const SERVER = 'nginx'
/** The environment with the folder in which Debian keeps nginx, where only root looks. */
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }

/** nginx serving a folder, if it is installed: a server that costs the machine next to nothing. */
export class StaticServer implements StaticFiles, AsyncDisposable {
  readonly folder: string
  readonly url: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, folder: string, url: string) {
    this.#child = child
    this.folder = folder
    this.url = url
  }

  /** Starts it; returns undefined if there is no nginx. `home` is an empty folder for everything it writes. */
  static async start(home: string): Promise<StaticServer | undefined> {
    if (spawnSync(SERVER, ['-v'], { env }).status !== 0) return undefined
    const folder = join(home, 'files')
    mkdirSync(folder, { recursive: true })
    const port = await freePort()
    writeFileSync(join(home, 'nginx.conf'), configuration(home, port))
    const child = spawn(SERVER, ['-c', join(home, 'nginx.conf'), '-e', join(home, 'error.log')], { env, stdio: 'inherit' })
    await listening(port)
    return new StaticServer(child, folder, `http://127.0.0.1:${port}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.kill()
    await gone
  }
}

/** Returns its configuration. It names the user: workers started by root would otherwise run as a user who may not read a temporary folder. */
const configuration = (home: string, port: number): string => `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${home}/nginx.pid;
events { worker_connections 256; }
http {
  access_log off;
  sendfile on;
  default_type image/jpeg;
  keepalive_requests 1000000;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${home}/${kind};`).join('\n  ')}
  server { listen 127.0.0.1:${port}; root ${home}/files; }
}
`

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
    if (answered) return
    await wait(50)
  }
  throw new Error('nginx does not answer')
}
