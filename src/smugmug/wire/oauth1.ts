import { createHmac } from 'node:crypto'

/** The keys that sign: the application's key pair and, after the sign-in, the account's token pair. */
export interface Credentials {
  readonly consumerKey: string
  readonly consumerSecret: string
  readonly token?: string
  readonly tokenSecret?: string
}

/** A request that is signed. JSON bodies are not part of a signature; form-encoded ones are (fact sheet 1.2). */
export interface Signable {
  readonly method: string
  /** The address as it is sent, query included. */
  readonly url: URL
  readonly form?: readonly Parameter[]
}

/** One name and its value, neither encoded. */
export type Parameter = readonly [name: string, value: string]

/** The values that make each signature unique. Never use a pair twice: every attempt is signed anew. */
export interface Stamp {
  readonly nonce: string
  /** Seconds since 1970. */
  readonly timestamp: number
}

/**
 * Returns the `Authorization` header of a request, by OAuth 1.0a with HMAC-SHA1 (RFC 5849). Pure. `more` holds further protocol parameters,
 * such as `oauth_callback` and `oauth_verifier`. The result is a secret: never log it.
 */
export const authorizationHeader = (
  signable: Signable,
  credentials: Credentials,
  options: Stamp & { readonly more?: readonly Parameter[] },
): string => {
  const parameters: Parameter[] = [
    ['oauth_consumer_key', credentials.consumerKey],
    ['oauth_nonce', options.nonce],
    ['oauth_signature_method', 'HMAC-SHA1'],
    ['oauth_timestamp', String(options.timestamp)],
    ['oauth_version', '1.0'],
    ...(credentials.token === undefined ? [] : [['oauth_token', credentials.token] as const]),
    ...(options.more ?? []),
  ]
  const signed: Parameter[] = [...parameters, ['oauth_signature', signature(signable, parameters, credentials)]]
  // The signature holds `+`, `/` and `=`. Without encoding, such a signature is sometimes refused.
  return `OAuth ${signed.map(([name, value]) => `${percentEncode(name)}="${percentEncode(value)}"`).join(', ')}`
}

/** Returns the HMAC-SHA1 signature in base64, over the request and its protocol parameters (RFC 5849, 3.4.2). */
export const signature = (
  signable: Signable,
  protocolParameters: readonly Parameter[],
  secrets: Pick<Credentials, 'consumerSecret' | 'tokenSecret'>,
): string =>
  createHmac('sha1', `${percentEncode(secrets.consumerSecret)}&${percentEncode(secrets.tokenSecret ?? '')}`)
    .update(signatureBase(signable, protocolParameters))
    .digest('base64')

/** Returns the text that is signed: method, address and all parameters, normalised (RFC 5849, 3.4.1). */
export const signatureBase = ({ method, url, form = [] }: Signable, protocolParameters: readonly Parameter[]): string => {
  const query = url.search === '' ? [] : [...url.searchParams]
  // No encoded text contains NUL, and it comes before all their characters: so these are in byte order by name, then by value.
  const parameters = [...query, ...form, ...protocolParameters]
    .map(([name, value]) => `${percentEncode(name)}\0${percentEncode(value)}`)
    .toSorted()
    .join('&')
    .replaceAll('\0', '=')
  // URL has already lower-cased scheme and host and dropped a default port; the path stays as it is sent.
  const { protocol, host, pathname } = url
  return [method.toUpperCase(), `${protocol}//${host}${pathname}`, parameters].map(percentEncode).join('&')
}

/** Most names and keys: nothing in them is encoded. */
const UNRESERVED = /^[\w.~-]*$/

/** Percent-encodes by RFC 3986: only letters, digits and `-._~` stay as they are (RFC 5849, 3.6). */
export const percentEncode = (text: string): string =>
  UNRESERVED.test(text)
    ? text
    : encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
