/** A service as a user starts it, for tests. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Running, type Scene, write } from '../scenarios/harness.ts'

/** Any port: the tests run side by side. */
export const ANY = ['--port', '0']

/** Waits until the service has said its address, and returns it. */
export const addressOf = async (running: Running): Promise<string> => (await running.says(/(http:\/\/localhost:\d+\/)/))[1] ?? ''

/** Asks a service whether all is well. */
export const healthz = async (address: string): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> => {
  const answer = await fetch(`${address}healthz`)
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

/** Writes a configuration file, in place of the environment, which a running process cannot change. */
export function configured(
  scene: Scene,
  more = '',
  { secret = scene.env.SMGMG_BK_API_SECRET, vault = scene.vault }: { readonly secret?: string | undefined; readonly vault?: string } = {},
): string {
  mkdirSync(vault, { recursive: true })
  return write(
    join(scene.home, '.smgmg', 'config.toml'),
    `[authentication]\napi_key = "${scene.env.SMGMG_BK_API_KEY}"\napi_secret = "${secret}"\nuser_token = "${scene.env.SMGMG_BK_USER_TOKEN}"
user_secret = "${scene.env.SMGMG_BK_USER_SECRET}"\n[store]\ndestination = "${vault}"\n[http]\nbase_url = "${scene.env.SMGMG_BK_BASE_URL}"\nmax_retries = 0\n${more}`,
  )
}
