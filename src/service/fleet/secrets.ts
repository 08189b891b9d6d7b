/** Finds the four keys that stand behind the name of a secret. */
import { decodeText } from '../../config/document.ts'
import { type AccountKeys, readAccountKeys } from '../../config/fleet-account.ts'
import type { SecretSource } from '../../config/fleet-secrets.ts'
import { isOpenToOthers, readSmallFile, UnfitFile } from '../../config/small-file.ts'
import { absolutePath } from '../../config/surroundings.ts'
import { ConfigurationError, ServiceError } from '../../errors.ts'
import { formatCount } from '../../events.ts'
import { runShell } from '../shell.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The surroundings of secrets. */
export interface SecretsOptions {
  readonly sources: ReadonlyMap<string, SecretSource>
  readonly cwd: string | undefined
  readonly env: Env
  /** Ends a command that is under way. */
  readonly signal: AbortSignal
  /** Is called with what a person should know, in whole sentences. */
  warn(message: string): void
}

/** The largest file of four keys. */
const MOST_BYTES = 64_000
/** Milliseconds that a command may take. */
const PATIENCE = 30_000

/**
 * Returns the keys of a secret. Throws `ConfigurationError` if there is no such secret or it is not as it should be, `ServiceError` if its command
 * fails or takes too long: that may pass.
 */
export async function keysOf(name: string, options: SecretsOptions): Promise<AccountKeys> {
  const source = options.sources.get(name)
  if (source === undefined) {
    throw new ConfigurationError(`This worker has no secret "${name}".`, {
      hint: `Write [fleet.secrets.${/^[\w-]+$/.test(name) ? name : JSON.stringify(name)}] into its configuration.`,
    })
  }
  if (source.kind === 'command') return await keysOfCommand(name, source.line, options)
  const path = absolutePath(options.cwd, source.path)
  const bytes = await readSmallFile(path, { most: MOST_BYTES }).catch((cause: unknown) => {
    if (cause instanceof UnfitFile)
      throw new ConfigurationError(`The file ${path} of the secret "${name}" ${cause.message}.`, { hint: FOUR })
    if (!(cause instanceof Error && 'code' in cause)) throw cause
    throw new ConfigurationError(`The file ${path} of the secret "${name}" cannot be read (${String(cause.code)}).`, {
      cause,
      hint: 'Check that the worker may read it. If it is not there yet, `fleet login NAME` writes it.',
    })
  })
  if (await isOpenToOthers(path))
    options.warn(`${path} holds secrets, and other users of this computer can reach it. Run: chmod 600 '${path}'`)
  return readAccountKeys(decodeText(bytes, path), path)
}

const FOUR = 'It takes a file with api_key, api_secret, user_token and user_secret.'

async function keysOfCommand(name: string, line: string, { env, signal }: SecretsOptions): Promise<AccountKeys> {
  const failed = (how: string): ServiceError =>
    new ServiceError(`The command of the secret "${name}" ${how}.`, { hint: 'Run it by hand, as the user of the worker.' })
  const late = AbortSignal.timeout(PATIENCE)
  try {
    const { code, output } = await runShell(line, { env, reads: true, signal: AbortSignal.any([signal, late]) })
    if (code !== 0) throw failed(code === null ? 'was ended by a signal' : `ended with exit code ${code}`)
    return readAccountKeys(output, `what the command of the secret "${name}" prints`)
  } catch (error) {
    if (late.aborted && error === late.reason) throw failed(`did not end within ${formatCount(PATIENCE / 1000, 'second')}`)
    if (error instanceof Error && 'syscall' in error) throw failed(`cannot be started (${String(error.syscall)})`)
    throw error
  }
}
