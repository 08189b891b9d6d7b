/** Says what the proxy refused, from an error on the way to the server; undefined when the server may have refused. */
export const proxyTrouble = (error: unknown, host: string): { readonly reason: string; readonly lasting: boolean } | undefined => {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error ? String(error.code) : ''
  const status = /^UND_ERR_(ABORTED|INVALID_ARG)$/.test(code) ? /\((\d{3})\)/.exec(error.message.slice(0, 100))?.[1] : undefined
  if (status === '407') {
    return { reason: 'answered 407: give a user name and a password, as in http://USER:PASSWORD@HOST:PORT', lasting: true }
  }
  if (status !== undefined) return { reason: `answered ${status} when asked to connect to ${host}`, lasting: status.startsWith('4') }
  const words = UNREACHED.find(([pattern]) => pattern.test(code))?.[1]
  return words === undefined ? undefined : { reason: `${words} (${code})`, lasting: false }
}

const UNREACHED: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'refused the connection'],
  [/^(ENOTFOUND|EAI_\w+)$/, 'was not found: no such name, or no network'],
  [/^(ENETUNREACH|EHOSTUNREACH|ENETDOWN|EHOSTDOWN)$/, 'cannot be reached'],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'could not be reached in time'],
  [/^UND_ERR_PRX_\w+$/, 'broke the connection off'],
]
