import type { ProxySettings } from '../flow/proxy.ts'

/** Reads the proxies from the environment. */
export function proxyOf(env: Readonly<Record<string, string | undefined>>): { readonly proxy?: ProxySettings } {
  const [https, http, no] = ['https_proxy', 'http_proxy', 'no_proxy'].map((name) => env[name] ?? env[name.toUpperCase()])
  if (!https && !http) return {}
  return { proxy: { ...(https && { https }), ...(http && { http }), ...(no && { no }) } }
}
